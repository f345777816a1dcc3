/**
 * Counts what a training step does to the integers around each convolution:
 * what it reads, the error at its output, its gradient, and how far its
 * weights move.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import { Tensor } from "../../native/tensor.ts";
import { convElements, type ConvPlan } from "../../plan/plan.ts";
import type { TensorCounters, ValueCounters } from "../network.ts";
import { constantChannels, meanShare, powerByRow } from "./channels.ts";
import type { ConvParameters } from "./parameters.ts";

/** Elements of the counts that the kernels write. */
const VALUE_COUNTS = 2;
const UPDATE_COUNTS = 3;

/** An int8 tensor of which the first `count` elements are in use. */
export interface Values {
  readonly tensor: Tensor;
  readonly count: number;
}

/** Counts over the convolutions of one network; what training computes is the same with and without it. */
export class Probe {
  readonly #library: Kernels;
  readonly #gradients: (conv: ConvPlan) => Tensor;
  readonly #values: Tensor;
  readonly #updates: Tensor;
  /** Stored weights as they were when they were last counted. */
  readonly #before = new Map<ConvParameters, Tensor>();
  #counters: TensorCounters[] = [];

  /** @param gradients where the step puts a convolution's gradient, before anything is taken off it */
  constructor(library: Kernels, gradients: (conv: ConvPlan) => Tensor) {
    this.#library = library;
    this.#gradients = gradients;
    this.#values = new Tensor(library, "int64", VALUE_COUNTS);
    this.#updates = new Tensor(library, "int64", UPDATE_COUNTS);
  }

  /** Counts around an update, which `update` does; before it, the gradient is as the backward pass left it. */
  around(parameters: ConvParameters, input: Values, error: Values, update: () => void): void {
    const { conv, weights, fraction, stream } = parameters;
    const { name } = conv;
    const known = this.#before.has(parameters);
    const window = this.#countUpdates(parameters);
    const gradient = this.#countGradient(conv, input.count / convElements(conv).input);
    const stored = this.#before.get(parameters)!.read(new Int32Array(weights.count));
    const size = stored.reduce((sum, each) => sum + Math.abs(each), 0);
    update();
    const step = this.#countUpdates(parameters);
    const share = (counts: readonly number[], index: number) => counts[index]! / weights.count;
    this.#counters.push(
      stream === 0 ? this.#countValues(`${name}.input`, "images", input) : this.#countActivation(conv, input),
      this.#countValues(`${name}.error`, "error", error),
      {
        name: `${name}.weights`,
        kind: "weights",
        exponent: weights.exponent,
        saturated: share(step, 0),
        zeroUpdates: share(step, 1),
        meanUpdate: share(step, 2) / 2 ** storedBits(fraction),
        relativeUpdate: size === 0 ? null : step[2]! / size,
        unchanged: known ? share(window, 1) : null,
        mean: meanShare(powerByRow(stored, conv.outputs)),
        ...gradient,
      },
    );
  }

  /** What was counted since the last call, in the order of the backward pass. */
  take(): TensorCounters[] {
    const counters = this.#counters;
    this.#counters = [];
    return counters;
  }

  /** Frees the native memory. */
  close(): void {
    for (const tensor of [this.#values, this.#updates, ...this.#before.values()]) tensor.close();
  }

  #countValues(name: string, kind: "images" | "activation" | "error", { tensor, count }: Values): ValueCounters {
    const library = this.#library;
    library.check(library.symbols.eoq_int8_count_values(tensor.handle, this.#values.handle, count));
    const [saturated, zeros] = countsOf(this.#values);
    return { name, kind, exponent: tensor.exponent, saturated: saturated! / count, zeros: zeros! / count };
  }

  #countActivation({ name, inputs }: ConvPlan, input: Values): ValueCounters {
    const counters = this.#countValues(`${name}.input`, "activation", input);
    const values = input.tensor.read(new Int8Array(input.count));
    const mean = meanShare(powerByRow(values, input.count / inputs));
    return { ...counters, constant: constantChannels(values, inputs), mean };
  }

  /** Its steps are those of the sum over the images. */
  #countGradient(conv: ConvPlan, images: number): { gradientNorm: number; gradientMean: number | null } {
    const tensor = this.#gradients(conv);
    const { weights } = convElements(conv);
    const sums = tensor.type === "int64"
      ? Float64Array.from(tensor.read(new BigInt64Array(weights)), Number)
      : tensor.read(new Int32Array(weights));
    const power = powerByRow(sums, conv.outputs);
    return { gradientNorm: Math.sqrt(power.squares) * 2 ** tensor.exponent / images, gradientMean: meanShare(power) };
  }

  /** Weights at +-127, stored weights unchanged, and the sum of their changes, since the last call. */
  #countUpdates(parameters: ConvParameters): number[] {
    const { weights, fraction } = parameters;
    const library = this.#library;
    let before = this.#before.get(parameters);
    if (before === undefined) {
      before = new Tensor(library, "int32", weights.count);
      this.#before.set(parameters, before);
    }
    library.check(library.symbols.eoq_int8_count_updates(
      weights.handle,
      fraction?.handle ?? 0,
      before.handle,
      this.#updates.handle,
      weights.count,
    ));
    return countsOf(this.#updates);
  }
}

/** Bits that are stored below the steps of a weight. */
function storedBits(fraction: Tensor | undefined): number {
  return fraction === undefined ? 0 : 8 * fraction.byteLength / fraction.count;
}

function countsOf(tensor: Tensor): number[] {
  return [...tensor.read(new BigInt64Array(tensor.count))].map(Number);
}
