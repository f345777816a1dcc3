/**
 * A network without its memory and its arithmetic: it is made over kernels
 * whose tensors are nowhere, and asked what it holds and what it would call.
 *
 * @module
 */

import { symbolsBy } from "../native/functions.ts";
import type { Kernels, Place } from "../native/kernels.ts";
import { lifetimesOf, peakOf } from "../native/memory.ts";
import type { Program } from "../native/program.ts";
import type { Plan } from "../plan/plan.ts";
import { createNetwork, type Method } from "./methods.ts";
import type { ByteCounts, NetworkOptions, NetworkPrograms } from "./network.ts";

/** Kernels whose tensors have no memory and whose functions do nothing. */
function weightlessKernels(): Kernels {
  let handles = 0;
  const symbols = symbolsBy((name) => name === "eoq_tensor_create" ? ++handles : 0);
  return { symbols, check: (status) => status, call: () => {} };
}

/** What of a network its outline depends on. */
export interface OutlineOptions extends Pick<NetworkOptions, "plan" | "batch" | "part"> {
  readonly recipe?: NetworkOptions["recipe"] | undefined;
  readonly input?: NetworkOptions["input"] | undefined;
  readonly nesterov?: NetworkOptions["nesterov"] | undefined;
  readonly centredGradients?: NetworkOptions["centredGradients"] | undefined;
  readonly runningStatistics?: NetworkOptions["runningStatistics"] | undefined;
  readonly train?: NetworkOptions["train"] | undefined;
}

/** The call of a training step at which what it computes on its way takes the most memory. */
export interface StepPeak extends Place {
  /** Bytes that hold something then. */
  readonly bytes: number;
  /** Their sums by what they are to the calls that write them, as `y` and `mask`; the largest first. */
  readonly words: readonly { readonly word: string; readonly bytes: number }[];
}

/** What a network is. */
export interface Outline extends NetworkPrograms {
  /** What a training step holds. */
  readonly bytes: ByteCounts;
  readonly peak: StepPeak;
}

function stepPeak(program: Program): StepPeak {
  const { call, bytes, live } = peakOf(lifetimesOf(program)), { layer, phase } = program.calls[call]!;
  const words = [...Map.groupBy(live, ({ word }) => word.replace(/^.*\./, ""))].map(([word, own]) => ({
    word,
    bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
  }));
  return { layer, phase, bytes, words: words.toSorted((a, b) => b.bytes - a.bytes) };
}

function draw(method: Method, options: OutlineOptions): Outline {
  const { plan, batch, part, recipe, input, nesterov, centredGradients, runningStatistics, train } = options;
  const network = createNetwork(method, {
    ...{ library: weightlessKernels(), plan, batch, seed: 1, blank: true },
    ...part !== undefined && { part },
    ...recipe && { recipe },
    ...input && { input },
    ...train && { train },
    ...nesterov && { nesterov },
    ...centredGradients !== undefined && { centredGradients },
    ...runningStatistics && { runningStatistics },
  });
  try {
    const programs = network.programs(part ?? batch);
    return { bytes: network.bytes(), peak: stepPeak(programs.training), ...programs };
  } finally {
    network.close();
  }
}

/** Outlines that were drawn before: a report asks for the same one several times. */
const drawn = new WeakMap<Plan, Map<string, Outline>>();

/**
 * The outline of a method's network on one thread, for steps of `batch` images, or of a part of them.
 *
 * @throws {UserError} naming the layer that the method does not run.
 */
export function outlineOf(method: Method, options: OutlineOptions): Outline {
  const { plan, ...others } = options, key = `${method} ${JSON.stringify(others)}`;
  const ofPlan = drawn.get(plan) ?? new Map<string, Outline>();
  drawn.set(plan, ofPlan);
  const outline = ofPlan.get(key) ?? draw(method, options);
  ofPlan.set(key, outline);
  return outline;
}

/**
 * Bytes that a training step of a method holds on one thread at the given batch size.
 *
 * @throws {UserError} naming the layer that the method does not run.
 */
export function stepBytes(
  method: Method,
  plan: Plan,
  batch: number,
  options: Pick<OutlineOptions, "recipe" | "train"> = {},
): ByteCounts {
  return outlineOf(method, { plan, batch, ...options }).bytes;
}
