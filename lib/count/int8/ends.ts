/**
 * What every int8 network has at its ends and between: input, pools, the loss
 * and the scalars.
 *
 * @module
 */

import type { InputEncoding, Rounding } from "../../exec/recipe.ts";
import { type ImageShape, type MaxPoolPlan, outputSize, type Plan } from "../../plan/plan.ts";
import { sumOperations } from "../kinds.ts";
import type { Part } from "../parts.ts";
import { windowTaps } from "../taps.ts";
import { maskBytes, reads, SUM, writes } from "./moves.ts";
import { CLIP, type Each, elements, narrowed, quantized, type Quantizer, ROUND_WIDE, SCALE } from "./rounding.ts";
import { QUANTIZE_RANDOMLY } from "./rounding.ts";

/** Bytes become int8. */
export function inputParts(
  { height, width, channels }: Plan,
  phase: Part["phase"],
  count: number,
  encoding: InputEncoding,
): Part {
  const each = encoding === "half" ? { "shift": 1 } : sumOperations([{ "int8-add": 1 }, CLIP]);
  const all = count * height * width * channels;
  return {
    layer: "input",
    phase,
    operations: elements(all, each),
    moves: [reads("activations", all), writes("activations", all)],
  };
}

/** Each pixel of a window is compared; training compares again to keep its place, a byte, and picks the mask. */
export function maxPoolForward(pool: MaxPoolPlan, phase: Part["phase"], count: number): Part {
  const compares = phase === "inference" ? 1 : 2, { height, width } = outputSize(pool);
  const input = count * pool.height * pool.width * pool.channels, output = count * height * width * pool.channels;
  const kept = phase === "inference"
    ? []
    : [reads("activations", maskBytes(input)), writes("activations", output + maskBytes(output))];
  return {
    moves: [reads("activations", input), writes("activations", output), ...kept],
    layer: pool.name,
    phase,
    operations: { "compare": compares * count * windowTaps(pool) * pool.channels },
  };
}

/** Errors are added where their values came from, measured and quantized. */
export function maxPoolBackward(pool: MaxPoolPlan, count: number, quantizer: Quantizer): Part {
  const { height, width } = outputSize(pool);
  const input = count * pool.height * pool.width * pool.channels, output = count * height * width * pool.channels;
  return {
    layer: pool.name,
    phase: "backward",
    operations: sumOperations([
      { "int32-add": output },
      elements(input, { "compare": 2 }, quantized(quantizer)),
    ]),
    moves: [
      reads("activations", output),
      { tensor: "errors", read: output + SUM * input, written: SUM * input + input },
    ],
  };
}

/** Sums times a reciprocal and the bias behind. */
export function averagePoolForward(
  { height, width, channels }: ImageShape,
  phase: Part["phase"],
  count: number,
  quantizer: Quantizer,
): Part {
  return {
    layer: "average-pool",
    phase,
    moves: [reads("activations", count * height * width * channels), writes("activations", count * channels)],
    operations: sumOperations([
      { "int32-add": count * height * width * channels },
      elements(count * channels, { "int32-multiply": 1, "int32-add": 1, "compare": 2 }, quantized(quantizer)),
    ]),
  };
}

/** The error's share, rounded once a channel, or stochastically once a pixel; and the bias' gradient. */
export function averagePoolBackward(
  { height, width, channels }: ImageShape,
  count: number,
  quantizer: Quantizer,
): Part {
  const means = count * channels, all = means * height * width;
  const shared: Each = { "int32-multiply": 1 };
  return {
    layer: "average-pool",
    phase: "backward",
    moves: [reads("activations", maskBytes(all)), { tensor: "errors", read: SUM * means, written: all }],
    operations: sumOperations([
      { "int64-add": means },
      quantizer.random
        ? elements(all, shared, { "shift": 1 }, CLIP, QUANTIZE_RANDOMLY)
        : elements(means, shared, ROUND_WIDE, CLIP),
      elements(all, narrowed(quantizer)),
    ]),
  };
}

/** From the table of 2^(-i / 32), for a logit below the largest. */
const EXPONENTIAL: Each = sumOperations([
  SCALE,
  { "int32-add": 1, "compare": 2, "int32-multiply": 1, "shift": 3, "lookup": 1 },
]);
/** Sixteen bits by squaring. */
const LOGARITHM: Each = { "shift": 1 + 16 * 3, "int32-multiply": 16, "compare": 16, "int32-add": 16 };
/** The target of an image that may be mixed of two. */
const TARGET: Each = { "compare": 2, "int32-add": 1 };
const ERROR: Readonly<Record<Rounding, Each>> = {
  "nearest": sumOperations([{ "shift": 3, "int32-add": 2, "int-divide": 1 }, CLIP]),
  "stochastic": sumOperations([
    { "random": 1, "shift": 3, "int32-multiply": 1, "int64-multiply": 1, "int64-add": 2, "int32-add": 2 },
    { "int-divide": 1 },
    CLIP,
  ]),
};

/** Where labels are smoothed: on top of the above, for finer targets. */
const SMOOTHED_ERROR: Readonly<Record<Rounding, Each>> = {
  "nearest": { "int32-multiply": 1, "int64-add": 2 },
  "stochastic": { "shift": 2 },
};

/** What smoothed labels add to the loss of a training step: the share of all classes in each target, and in the loss. */
export function smoothedPart({ classes }: Plan, count: number, rounding: Rounding): Part {
  return {
    layer: "loss",
    phase: "forward",
    moves: [],
    operations: sumOperations([
      elements(count, { "int64-multiply": 2, "int64-add": 1 + classes, "int-divide": 1 }),
      elements(count * classes, { "int32-multiply": 1, "int32-add": 1 }, SMOOTHED_ERROR[rounding]),
    ]),
  };
}

/**
 * Softmax cross-entropy; in training with the error of the logits and the
 * gradients of the classifier's biases, which one kernel finds on the way.
 */
export function lossPart({ classes }: Plan, phase: Part["phase"], count: number, rounding: Rounding): Part {
  const all = count * classes;
  return {
    layer: "loss",
    phase,
    moves: [reads("activations", SUM * all), writes("errors", phase === "inference" ? 0 : all)],
    operations: sumOperations([
      { "compare": count * (classes - 1) },
      elements(all, EXPONENTIAL, { "int32-add": 1 }),
      elements(count, SCALE, SCALE, SCALE, LOGARITHM),
      elements(count, { "int32-multiply": 3, "shift": 1, "int32-add": 3, "int64-add": 4, "compare": 1 }),
      phase === "inference" ? {} : elements(all, EXPONENTIAL, TARGET, ERROR[rounding], { "int64-add": 1 }),
    ]),
  };
}
