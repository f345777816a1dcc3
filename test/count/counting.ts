/**
 * Steps of a network on the counting build, and what their calls executed.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { countOperations } from "../../lib/count/count.ts";
import { type LayerOperations, OPERATION_KINDS, operationsOf, sumOperations } from "../../lib/count/kinds.ts";
import { randomBatches } from "../../lib/bench/own_step.ts";
import { createNetwork, type Method } from "../../lib/exec/methods.ts";
import { FULL_RATE, type NetworkOptions } from "../../lib/exec/network.ts";
import { type SymbolName, watchedKernels } from "../../lib/native/kernels.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { SYMBOLS } from "../../lib/native/symbols.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { type Arguments, Attribution } from "./attribution.ts";

/** What a layer executed in a phase. */
export type Executed = Required<Omit<LayerOperations, "macs">>;

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
  return all.flatMap(({ layer, phase, operations, overhead }) => {
    const counts = [
      ...Object.entries(operations),
      ...Object.entries(overhead ?? {}).map(([kind, n]) => [`+${kind}`, n]),
    ];
    const some = counts.filter(([, count]) => count !== 0).map((count) => count.join(" "));
    return some.length === 0 ? [] : [`${layer} ${phase}: ${some.join(", ")}`];
  }).sort();
}

const GEOMETRY = SYMBOLS.eoq_conv_shape_create.names;

/** Arguments of calls by name; those of a shape are the sizes that it was made of. */
class NamedArguments {
  /** Geometries of the shapes that the network has made, by handle. */
  readonly #shapes = new Map<unknown, readonly unknown[]>();

  /** Takes the next call. */
  of(name: SymbolName, args: readonly unknown[], result: number): Arguments {
    if (name === "eoq_conv_shape_create") this.#shapes.set(result, args);
    const names = SYMBOLS[name].names;
    return Object.fromEntries(args.flatMap((each, i) => this.#named(names[i]!, each))) as Arguments;
  }

  #named(name: string, value: unknown): [string, unknown][] {
    const geometry = this.#shapes.get(value), prefix = name === "shape" ? "" : `${name}_`;
    if (geometry === undefined) return [[name, value]];
    return geometry.map((size, i): [string, unknown] => [`${prefix}${GEOMETRY[i]}`, size]);
  }
}

const isKernel = (name: string) => /^eoq_(int8|fp32)_/.test(name);

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
  readonly centredGradients?: NetworkOptions["centredGradients"];
}

/** A call of a kernel, and where it belongs. */
export interface Call {
  readonly layer: string;
  readonly phase: Executed["phase"];
  readonly name: string;
  readonly args: Arguments;
}

/** Runs training steps and then an evaluation. `start` is told of each step that begins, `call` of each call behind it. */
export function observeSteps(library: Library, options: CountOptions, start: () => void, call: (call: Call) => void) {
  const { plan, method, batch, warmUp = 1, recipe, input, smoothing = 0, centredGradients } = options;
  const attribution = new Attribution(plan);
  const named = new NamedArguments();
  let inference = false;
  const observed = watchedKernels(library, (name, values, _milliseconds, result) => {
    const args = named.of(name, values, result);
    if (!isKernel(name)) return;
    const { layer, phase } = attribution.place(name, args);
    call({ layer, phase: inference ? "inference" : phase, name, args });
  });
  const network = createNetwork(method, {
    library: observed,
    plan,
    batch,
    seed: 7,
    ...recipe && { recipe },
    ...input && { input },
    ...centredGradients !== undefined && { centredGradients },
  });
  const batches = randomBatches(plan, batch);
  for (let step = 0; step <= warmUp; step++) {
    start();
    attribution.start();
    network.trainStep({ ...batches[step % batches.length]!, smoothing }, { step, rate: FULL_RATE });
  }
  inference = true;
  attribution.start();
  network.evaluate(batches[0]!);
  network.close();
}

/**
 * What one training step and one evaluation execute, by layer and phase, in the
 * order of the first call of each.
 */
export function countExecuted(library: Library, options: CountOptions): Executed[] {
  const cells = new Map<string, Pick<Call, "layer" | "phase"> & { all: Tallies[] }>();
  takeTallies(library);
  observeSteps(library, options, () => cells.clear(), ({ layer, phase }) => {
    const key = `${layer} ${phase}`, cell = cells.get(key) ?? { layer, phase, all: [] };
    cells.set(key, cell);
    cell.all.push(takeTallies(library));
  });
  return [...cells.values()].map(({ layer, phase, all }) => ({
    layer,
    phase,
    operations: sumOperations(all.map(({ operations }) => operations)),
    overhead: sumOperations(all.map(({ overhead }) => overhead)),
  }));
}

/** A test that the formulas of a network are what its kernels execute, for batches of every size. */
export function testFormulas(plan: Plan, method: Method, batches: readonly number[]): void {
  Deno.test(`${method}: the formulas of ${plan.model} are what its kernels execute, layer by layer`, async () => {
    using library = await openCounting();
    for (const batch of batches) {
      const executed = comparable(countExecuted(library, { plan, method, batch }));
      assert(executed.length > 4 * plan.layers.length);
      assertEquals(comparable(countOperations(plan, method, batch)), executed, `batch ${batch}`);
    }
  });
}
