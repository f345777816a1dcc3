/**
 * Steps of a network on the counting build, call by call, and what its calls
 * executed.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { randomBatch } from "../../lib/bench/images.ts";
import { countOperations } from "../../lib/count/count.ts";
import { countCall } from "../../lib/count/formulas.ts";
import { type LayerOperations, OPERATION_KINDS, operationsOf, sumOperations } from "../../lib/count/kinds.ts";
import { createNetwork, type Method } from "../../lib/exec/methods.ts";
import { FULL_RATE, type Network, type NetworkOptions, type NetworkPrograms } from "../../lib/exec/network.ts";
import { symbolsBy } from "../../lib/native/functions.ts";
import type { Kernels } from "../../lib/native/kernels.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import type { Call } from "../../lib/native/program.ts";
import type { Plan } from "../../lib/plan/plan.ts";

/** What a layer executed in a phase. */
export type Executed = Required<Omit<LayerOperations, "macs" | "products">>;

/** The counting build, which has one path and one thread. */
export function openCounting(): Promise<Library> {
  return openLibrary({ variant: "counting", isa: "scalar", threads: 1 });
}

/** What the library tells apart. */
export type Tallies = Pick<Executed, "operations" | "overhead">;

/** Operations since the tallies were last cleared, which they are now. */
export function takeTallies(library: Library): Tallies {
  const { symbols } = library;
  const kinds = OPERATION_KINDS.length, tallies = new BigUint64Array(2 * kinds);
  library.check(symbols.eoq_tallies_read(new Uint8Array(tallies.buffer), BigInt(tallies.byteLength)));
  library.check(symbols.eoq_tallies_clear());
  const from = (start: number) =>
    operationsOf(Object.fromEntries(OPERATION_KINDS.map((kind, i) => [kind, Number(tallies[start + i])])));
  return { operations: from(0), overhead: from(kinds) };
}

/** A line of text for each layer and phase that executes anything, in alphabetical order: quick to compare, short to read. */
export function comparable(all: readonly Omit<LayerOperations, "macs">[]): string[] {
  return all.flatMap((each) => {
    const text = countsText(each);
    return text === "" ? [] : [`${each.layer} ${each.phase}: ${text}`];
  }).sort();
}

function countsText({ operations, overhead }: Pick<LayerOperations, "operations" | "overhead">): string {
  const counts = [...Object.entries(operations), ...Object.entries(overhead ?? {}).map(([kind, n]) => [`+${kind}`, n])];
  return counts.filter(([, count]) => count !== 0).map((count) => count.join(" ")).join(", ");
}

/** A library that runs programs a call at a time, and says when each has run. */
function steppedKernels(library: Library, ran: () => void): Kernels {
  const { symbols } = library;
  type Run = typeof symbols.eoq_program_run;
  const run: Run = (program, slots, bytes, first, end) => {
    for (let i = first; i < end; i++) {
      const status = symbols.eoq_program_run(program, slots, bytes, i, i + 1);
      if (status < 0) return status;
      ran();
    }
    return 0;
  };
  type Each = typeof symbols.eoq_program_each;
  /** All items at once, then once more a call at a time, with the last one's inputs: counts do not depend on them. */
  const each: Each = (...args) => {
    const [words, , slots, bytes] = args, status = symbols.eoq_program_each(...args);
    const [, , , items, program] = new Int32Array((words as Uint8Array<ArrayBuffer>).buffer);
    takeTallies(library);
    for (let item = 0; item < items! && status >= 0; item++) {
      let i = 0;
      while (symbols.eoq_program_run(program!, slots, bytes, i, i + 1) >= 0) {
        ran();
        i++;
      }
    }
    return status;
  };
  return {
    symbols: {
      ...symbolsBy((name, args) => (symbols[name] as (...args: readonly unknown[]) => number)(...args)),
      eoq_program_run: run,
      eoq_program_each: each,
    },
    check: (status) => library.check(status),
    call: (kernel, words) => library.call(kernel, words),
  };
}

/** What to count. */
export interface CountOptions {
  readonly plan: Plan;
  readonly method: Method;
  /** Images of a step and of an evaluation. */
  readonly batch: number;
  /** Steps before the one that is counted. */
  readonly warmUp?: number;
  readonly recipe?: NetworkOptions["recipe"];
  readonly input?: NetworkOptions["input"];
  /** How labels are smoothed, in 1/256. */
  readonly smoothing?: number;
  readonly nesterov?: NetworkOptions["nesterov"];
  readonly centredGradients?: NetworkOptions["centredGradients"];
  readonly runningStatistics?: NetworkOptions["runningStatistics"];
  readonly train?: NetworkOptions["train"];
}

function networkOf(library: Kernels, options: CountOptions): Network {
  const { plan, method, batch, recipe, input, nesterov, centredGradients, runningStatistics, train } = options;
  return createNetwork(method, {
    ...{ library, plan, batch, seed: 7 },
    ...recipe && { recipe },
    ...input && { input },
    ...nesterov && { nesterov },
    ...centredGradients !== undefined && { centredGradients },
    ...runningStatistics && { runningStatistics },
    ...train && { train },
  });
}

/** A call of a step, or of an evaluation. */
export interface StepCall {
  readonly call: Call;
  readonly phase: Executed["phase"];
}

/** The calls of a training step and of an evaluation, in the order in which they run. */
export function callsOf({ training, inference }: NetworkPrograms): StepCall[] {
  return [
    ...training.calls.map((call) => ({ call, phase: call.phase })),
    ...inference.flatMap(({ program, times }) => Array.from({ length: times }, () => program.calls).flat())
      .map((call) => ({ call, phase: "inference" as const })),
  ];
}

/** A call, and what it executed. */
export interface ExecutedCall extends StepCall, Tallies {}

/** What the calls of one training step and one evaluation execute. */
export function executedCalls(library: Library, options: CountOptions): ExecutedCall[] {
  const { plan, batch, warmUp = 1, smoothing = 0 } = options;
  let tallies: Tallies[] = [];
  const network = networkOf(steppedKernels(library, () => tallies.push(takeTallies(library))), options);
  takeTallies(library);
  for (let step = 0; step <= warmUp; step++) {
    tallies = [];
    network.trainStep({ ...randomBatch(plan, batch, step), smoothing }, { step, rate: FULL_RATE });
  }
  network.evaluate(randomBatch(plan, batch, 0));
  const calls = callsOf(network.programs(batch));
  network.close();
  assertEquals(tallies.length, calls.length, "every call of the programs ran, and no other");
  return calls.map((call, i) => ({ ...call, ...tallies[i]! }));
}

/** The same by layer and phase, in the order of the first call of each. */
export function sumsOf(calls: readonly ExecutedCall[]): Executed[] {
  const cells = Map.groupBy(calls, ({ call, phase }) => `${call.layer} ${phase}`);
  return [...cells.values()].map((own) => ({
    layer: own[0]!.call.layer,
    phase: own[0]!.phase,
    operations: sumOperations(own.map(({ operations }) => operations)),
    overhead: sumOperations(own.map(({ overhead }) => overhead)),
  }));
}

/** Asserts that each call executed what its formula says, and gives what layers and phases came to. */
export function countExecuted(library: Library, options: CountOptions): Executed[] {
  const calls = executedCalls(library, options);
  const { smoothing = 0 } = options;
  for (const { call, phase, ...tallies } of calls) {
    const setting = { path: undefined, smoothed: smoothing > 0 && phase !== "inference" };
    const { operations, overhead = {} } = countCall(call, setting);
    const formula = { operations: operationsOf(operations), overhead: operationsOf(overhead) };
    const name = `${options.plan.model}, batch ${options.batch}: ${call.kernel} of ${call.layer} ${phase}`;
    assertEquals(countsText(formula), countsText(tallies), name);
  }
  return sumsOf(calls);
}

/** A test that the formulas of a network are what its kernels execute, for batches of every size. */
export function testFormulas(plan: Plan, method: Method, batches: readonly number[]): void {
  Deno.test(`${method}: the formulas of ${plan.model} are what its kernels execute, call by call`, async () => {
    using library = await openCounting();
    for (const batch of batches) {
      const executed = comparable(countExecuted(library, { plan, method, batch }));
      assert(executed.length > 4 * plan.layers.length);
      assertEquals(comparable(countOperations(plan, method, batch)), executed, `batch ${batch}`);
    }
  });
}
