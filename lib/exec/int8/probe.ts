/**
 * Counts what a training step does to the integers around each convolution:
 * what it reads, the error at its output, its gradient, and how far its
 * weights move.
 *
 * @module
 */

import type { Kernels, Place } from "../../native/kernels.ts";
import type { CallOf, Executable, Program, SlotValues } from "../../native/program.ts";
import { Tensor } from "../../native/tensor.ts";
import { convElements, convolutions, type ConvPlan, type Plan } from "../../plan/plan.ts";
import type { SharedBatch, TensorCounters, ValueCounters } from "../network.ts";
import { channelValues, constantChannels, meanShare, powerByRow, sumsByRow } from "./channels.ts";
import { found } from "./parameters.ts";

/** Elements of the counts that the kernels write. */
const VALUE_COUNTS = 2;
const UPDATE_COUNTS = 3;

/** An int8 tensor of which the first `count` elements are in use, and its fine part where it is flagged. */
interface Values {
  readonly x: Tensor;
  readonly fine?: Tensor | undefined;
  readonly count: number;
}

/** Sums over the processes that share a batch; the image of one without any counts for nothing. */
function sumsOf<T extends Readonly<Record<string, number>>>(own: T, shared: SharedBatch | undefined): T {
  if (shared === undefined) return own;
  const { group, part } = shared, nothing = Object.fromEntries(Object.keys(own).map((name) => [name, 0])) as T;
  return group.sums(part.images === 0 ? nothing : own);
}

/** What each process that shares a batch, and has images of it, found in a tensor's channels. */
function partsOf(own: Int16Array<ArrayBuffer>, shared: SharedBatch | undefined): Int16Array[] {
  if (shared === undefined) return [own];
  const { group, part } = shared, values = part.images === 0 ? channelValues(new Int8Array(), own.length) : own;
  return group.gather(new Uint8Array(values.buffer)).map((bytes) => new Int16Array(bytes.slice().buffer));
}

/** Where a program learns a convolution's weights. */
interface Learning {
  /** The call that finds their gradient, and its index. */
  readonly gradient: CallOf<"int8_conv_backward_weights">;
  readonly found: number;
  /** The call that updates them, and its index. */
  readonly update: CallOf<"int8_update">;
  readonly updated: number;
}

/** In the order of the calls. */
function learningOf({ calls }: Program): Learning[] {
  return calls.flatMap((gradient, found): Learning[] => {
    if (gradient.kernel !== "int8_conv_backward_weights") return [];
    const { dw } = gradient.words;
    const updated = calls.findIndex((call, at) => at > found && call.kernel === "int8_update" && call.words.dw === dw);
    const update = calls[updated];
    return update?.kernel === "int8_update" ? [{ gradient, found, update, updated }] : [];
  });
}

/** Counts over the convolutions of one network; what training computes is the same with and without it. */
export class Probe {
  readonly #library: Kernels;
  readonly #convs: ReadonlyMap<string, ConvPlan>;
  readonly #values: Tensor;
  readonly #updates: Tensor;
  /** Stored weights as they were when they were last counted, by the weights. */
  readonly #before = new Map<Tensor, Tensor>();

  /** @param plan of the network whose steps it runs */
  constructor(library: Kernels, plan: Plan) {
    this.#library = library;
    this.#convs = new Map(convolutions(plan).map((conv) => [conv.name, conv]));
    this.#values = new Tensor(library, "int64", VALUE_COUNTS);
    this.#updates = new Tensor(library, "int64", UPDATE_COUNTS);
  }

  /**
   * Runs a training step, and counts around each update; the gradient is counted as the backward pass left it. Of a
   * batch that processes share all of them do it, and count what the whole batch came to.
   */
  run(executable: Pick<Executable, "program" | "run">, slots: SlotValues, shared?: SharedBatch): TensorCounters[] {
    const learnt = learningOf(executable.program), counters: TensorCounters[][] = learnt.map(() => []);
    // Read right behind the call that it is of: later ones may lay something else there.
    const looks = learnt.flatMap((learning, i) => {
      let finish: () => TensorCounters[];
      return [
        { end: learning.found + 1, look: () => void (finish = this.#begin(learning, shared)) },
        { end: learning.updated + 1, look: () => void (counters[i] = finish()) },
      ];
    }).sort((a, b) => a.end - b.end);
    let done = 0;
    for (const { end, look } of looks) {
      executable.run(slots, done, end);
      done = end;
      look();
    }
    executable.run(slots, done, executable.program.calls.length);
    return counters.flat();
  }

  /** Counts before an update, and returns what does so behind it. */
  #begin({ gradient, update }: Learning, shared: SharedBatch | undefined): () => TensorCounters[] {
    const conv = found(this.#convs.get(gradient.layer), gradient.layer);
    const { name } = conv, { weights, fraction } = update.words, { x, dy, fine, dw, n } = gradient.words;
    const elements = convElements(conv), images = Number(n), whole = shared?.part.whole ?? images;
    const known = this.#before.has(weights);
    const window = this.#countUpdates(update);
    const norms = countGradient(conv, dw, whole);
    const stored = this.#before.get(weights)!.read(new Int32Array(weights.count));
    const size = stored.reduce((sum, each) => sum + Math.abs(each), 0);
    const input = { x, count: images * elements.input }, error = { x: dy, fine, count: images * elements.output };
    // The first convolution reads the images.
    const first = conv === this.#convs.values().next().value;
    const values = [
      first
        ? this.#countValues(gradient, "images", input, shared)
        : this.#countActivation(gradient, conv, input, shared),
      this.#countValues(gradient, "error", error, shared),
    ];
    return () => {
      const step = this.#countUpdates(update);
      const share = (counts: readonly number[], index: number) => counts[index]! / weights.count;
      return [
        ...values,
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
          ...norms,
        },
      ];
    };
  }

  /** Frees the native memory. */
  close(): void {
    for (const tensor of [this.#values, this.#updates, ...this.#before.values()]) tensor.close();
  }

  #countValues(
    place: Place,
    kind: ValueCounters["kind"],
    { x, fine, count: own }: Values,
    shared: SharedBatch | undefined,
  ): ValueCounters {
    this.#library.call("int8_count_values", { x, fine, counts: this.#values, count: own }, place);
    const [clipped, nought] = countsOf(this.#values);
    const { saturated, zeros, count } = sumsOf({ saturated: clipped!, zeros: nought!, count: own }, shared);
    const name = `${place.layer}.${kind === "error" ? "error" : "input"}`;
    return { name, kind, exponent: x.exponent, saturated: saturated / count, zeros: zeros / count };
  }

  #countActivation(
    place: Place,
    { inputs }: ConvPlan,
    input: Values,
    shared: SharedBatch | undefined,
  ): ValueCounters {
    const counters = this.#countValues(place, "activation", input, shared);
    const values = input.x.read(new Int8Array(input.count));
    const { squares, rowSquares } = sumsOf(sumsByRow(values, input.count / inputs), shared);
    const mean = meanShare({ squares, means: rowSquares / inputs });
    return { ...counters, constant: constantChannels(partsOf(channelValues(values, inputs), shared)), mean };
  }

  /** Weights at +-127, stored weights unchanged, and the sum of their changes, since the last call. */
  #countUpdates({ words: { weights, fraction }, layer, phase }: Learning["update"]): number[] {
    let before = this.#before.get(weights);
    if (before === undefined) {
      before = new Tensor(this.#library, "int32", weights.count);
      this.#before.set(weights, before);
    }
    const words = { weights, fraction, before, counts: this.#updates, count: weights.count };
    this.#library.call("int8_count_updates", words, { layer, phase });
    return countsOf(this.#updates);
  }
}

/** Of a gradient `dw` summed over the images; its steps are those of the sum. */
function countGradient(
  conv: ConvPlan,
  dw: Tensor,
  images: number,
): { gradientNorm: number; gradientMean: number | null } {
  const { weights } = convElements(conv);
  const sums = dw.type === "int64"
    ? Float64Array.from(dw.read(new BigInt64Array(weights)), Number)
    : dw.read(new Int32Array(weights));
  const power = powerByRow(sums, conv.outputs);
  return { gradientNorm: Math.sqrt(power.squares) * 2 ** dw.exponent / images, gradientMean: meanShare(power) };
}

/** Bits that are stored below the steps of a weight. */
function storedBits(fraction: Tensor | undefined): number {
  return fraction === undefined ? 0 : 8 * fraction.byteLength / fraction.count;
}

function countsOf(tensor: Tensor): number[] {
  return [...tensor.read(new BigInt64Array(tensor.count))].map(Number);
}
