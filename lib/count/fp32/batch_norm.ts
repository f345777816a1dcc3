/**
 * Batch normalization with the ReLU behind it (kernels/fp32/batchnorm_*.c), the
 * norm of `bn-fp32`.
 *
 * The reference has overhead: partial sums, and within a branch the ReLU's
 * mask, which is found again from the input of the ReLU, twice, as its output
 * is not handed on. A projection's norm has no ReLU; what is compared there is
 * compared with minus infinity.
 *
 * @module
 */

import type { Words } from "../../native/words.ts";
import { type Counted, fixed, type SomeFormulas } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { type Floats, floats, moved } from "./kinds.ts";
import { momentsOverhead, sumOverhead } from "./lanes.ts";

/* Of each element. */
const MEAN: Floats = { adds: 1 };
/** The deviation, its square, and their sum. */
const VARIANCE: Floats = { adds: 2, multiplies: 1 };
/** x * scale + shift, and the ReLU. */
const NORMALISE: Floats = { adds: 1, multiplies: 1, compares: 1 };
const JOIN: Floats = { adds: 1 };
/** The mask, and the sums of the error and of its product with the deviation. */
const OFFSET_GRADIENTS: Floats = { adds: 3, multiplies: 1, compares: 1 };
/** error * scale + (x * slope + offset). */
const INPUT_GRADIENT: Floats = { adds: 2, multiplies: 2 };
/** The ReLU's input again for its mask; the second time with the comparison. */
const MASK_AGAIN: Floats = { adds: 2, multiplies: 2, compares: 1 };

/* Of each channel. */
/** The mean, the variance, and the unbiased one. */
const STATISTICS: Floats = { divides: 3 };
/** 1 / sqrt(variance + epsilon). */
const INVERSE_STD: Floats = { adds: 1, squareRoots: 1, divides: 1 };
/** running += momentum * (batch - running), of the mean and the variance. */
const RUNNING: Floats = { adds: 4, multiplies: 2 };
/** scale = gamma / std, shift = beta - mean * scale. */
const SCALE_AND_SHIFT: Floats = { adds: 1, multiplies: 2 };
const GAMMA_GRADIENT: Floats = { multiplies: 1 };
/** From the sums, which become means; none of statistics that are constants. */
const SLOPE_AND_OFFSET: Floats = { adds: 1, multiplies: 6, divides: 2 };

function sizesOf({ pixels, c }: Pick<Words<"fp32_batchnorm_relu_forward">, "pixels" | "c">) {
  const channels = fixed(c);
  return { pixels: fixed(pixels), channels, all: fixed(pixels) * channels };
}

function forward(words: Words<"fp32_batchnorm_relu_forward">): Counted {
  const { pixels, channels, all } = sizesOf(words), { residual } = words;
  const ofElement = [MEAN, VARIANCE, NORMALISE, ...residual ? [JOIN] : []];
  const ofChannel = [STATISTICS, INVERSE_STD, RUNNING, SCALE_AND_SHIFT];
  return {
    operations: sumOperations([
      ...ofElement.map((each) => floats(all, each)),
      ...ofChannel.map((each) => floats(channels, each)),
    ]),
    overhead: momentsOverhead(pixels, channels),
    moves: [
      // For the moments, and again.
      moved("activations", (residual ? 3 : 2) * all, all + 2 * channels),
      // Running statistics, gamma and beta.
      moved("weights", 4 * channels, 2 * channels),
    ],
  };
}

function inference(words: Words<"fp32_batchnorm_relu_inference">): Counted {
  const { channels, all } = sizesOf(words), { residual } = words;
  return {
    operations: sumOperations([
      ...[NORMALISE, ...residual ? [JOIN] : []].map((each) => floats(all, each)),
      ...[INVERSE_STD, SCALE_AND_SHIFT].map((each) => floats(channels, each)),
    ]),
    moves: [moved("activations", (residual ? 2 : 1) * all, all), moved("weights", 4 * channels)],
  };
}

/** Where the output is there, the mask is taken from it, and what it lets through is the residual's error. */
function backward(words: Words<"fp32_batchnorm_relu_backward">): Counted {
  const { pixels, channels, all } = sizesOf(words), { skip, y, constant } = words;
  return {
    operations: sumOperations([
      ...[OFFSET_GRADIENTS, INPUT_GRADIENT, ...skip ? [JOIN] : []].map((each) => floats(all, each)),
      ...[SCALE_AND_SHIFT, GAMMA_GRADIENT, ...constant ? [] : [SLOPE_AND_OFFSET]].map((each) => floats(channels, each)),
    ]),
    overhead: sumOperations([sumOverhead(pixels, channels, 2), y ? {} : floats(all, MASK_AGAIN)]),
    moves: [
      // For the sums, and again.
      moved("activations", (y ? 3 : 2) * all + 2 * channels),
      moved("errors", (skip ? 3 : 2) * all, (y ? 2 : 1) * all),
      moved("weights", 2 * channels),
      moved("gradients", 0, 2 * channels),
    ],
  };
}

/** Formulas of batch norm. */
export const FP32_NORMS = {
  fp32_batchnorm_relu_forward: forward,
  fp32_batchnorm_relu_inference: inference,
  fp32_batchnorm_relu_backward: backward,
} satisfies SomeFormulas;
