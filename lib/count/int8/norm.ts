/**
 * Batch norm in integers with the ReLU and the residual behind it
 * (kernels/int8/batchnorm_*.c), that of `wageubn`.
 *
 * An element costs products and shifts alone; a channel costs the statistics,
 * with a square root found bit by bit and nine divisions. A second pass where a
 * shift was guessed wrong is not counted.
 *
 * @module
 */

import type { Words } from "../../native/words.ts";
import { type Counted, type Each, elements, fixed, type SomeFormulas, times } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { maskBytes, reads, SUM, WIDE_SUM, writes } from "./moves.ts";
import { CLIP, isRandom, QUANTIZE, QUANTIZE_RANDOMLY, ROUND_WIDE, SCALE } from "./rounding.ts";

/* Of each element. */
/** Sum and sum of squares. */
const MOMENTS: Each = { "int32-multiply": 1, "int64-add": 2 };
/** (x - mean) / std, twice clipped, times gamma plus beta. */
const NORMALISE: Each = sumOperations([
  { "int32-add": 3, "shift": 2, "int32-multiply": 1, "int16-multiply": 1 },
  CLIP,
  CLIP,
]);
/** The shortcut, aligned. */
const JOIN: Each = { "int32-multiply": 1, "int32-add": 1 };
/** ReLU, the largest value, int8. */
const ACTIVATE: Each = sumOperations([{ "compare": 2 }, QUANTIZE]);
const MASK: Each = { "compare": 1 };
/** Sums of the error and of its product with the normalised value. */
const SUMS: Each = { "int16-multiply": 1, "int32-add": 2 };
/** error * scale + normalised * slope + constant. */
const ERROR: Each = { "int32-multiply": 2, "int32-add": 2 };
/** To nearest one pass does it all, by the last step's shift; */
const ERROR_TO_NEAREST: Each = sumOperations([ERROR, { "compare": 2 }, QUANTIZE]);
/** stochastically another one rounds. */
const ERROR_RANDOMLY: Each = sumOperations([ERROR_TO_NEAREST, ERROR, QUANTIZE_RANDOMLY]);

/* Of each channel. */
/** A quotient with 16 fraction bits, rounded down. */
const MEAN: Each = { "int-divide": 2, "compare": 1, "int64-add": 3, "shift": 2 };
/** Thirty-two bits. */
const SQUARE_ROOT: Each = times(32, { "compare": 1, "int64-add": 3, "shift": 1 });
/** Mean, variance with its epsilon, deviation. */
const STATISTICS: Each = sumOperations([
  MEAN,
  SCALE,
  CLIP,
  SQUARE_ROOT,
  { "int64-multiply": 3, "int64-add": 2, "shift": 5, "compare": 1, "int-divide": 1 },
]);
/** The mean or the deviation, an eighth of the way. */
const RUN: Each = sumOperations([SCALE, ROUND_WIDE, { "int64-add": 2 }, CLIP]);
/** 1 / std, the clip that it needs, and the coefficients of an element. */
const COEFFICIENTS: Each = sumOperations([
  { "int-divide": 2, "int32-multiply": 1, "int64-add": 2, "shift": 4, "compare": 1 },
  SCALE,
]);
/** 1 / std in steps that all channels share. */
const INVERSE: Each = sumOperations([{ "compare": 1 }, SCALE]);
/** The running statistics in steps of the sums. */
const RUNNING: Each = sumOperations([SCALE, { "compare": 1, "shift": 1 }]);
/** Two means, and from them the coefficients of an element of the error, in as many bits as fit. */
const ERROR_COEFFICIENTS: Each = sumOperations([
  MEAN,
  MEAN,
  { "int32-multiply": 2, "int64-multiply": 2, "compare": 6, "shift": 5, "int64-add": 4 },
  ...[ROUND_WIDE, ROUND_WIDE, ROUND_WIDE, ROUND_WIDE],
]);

/** Elements, and bytes of what a norm keeps in a channel: gammas and betas, means and deviations. */
function sizesOf({ pixels, c }: Pick<Words<"int8_batchnorm_forward">, "pixels" | "c">) {
  const channels = fixed(c);
  return { all: fixed(pixels) * channels, channels, parameters: 2 * channels, running: 2 * SUM * channels };
}

/** With the statistics of the batch; without a mask there is no ReLU, and magnitudes are compared, in as many steps. */
function forward(words: Words<"int8_batchnorm_forward">): Counted {
  const { all, channels, parameters, running } = sizesOf(words), { residual, mask } = words;
  return {
    operations: sumOperations([
      elements(all, MOMENTS, mask ? MASK : {}, NORMALISE, ACTIVATE, residual ? JOIN : {}),
      elements(channels, STATISTICS, RUN, RUN, COEFFICIENTS, INVERSE),
    ]),
    moves: [
      reads("activations", 2 * SUM * all + (residual ? all : 0)),
      // int8, int16 and mask; 1 / std.
      writes("activations", 3 * all + maskBytes(all, mask) + SUM * channels),
      { tensor: "weights", read: parameters + running, written: running },
    ],
  };
}

/** With the running statistics. */
function inference(words: Words<"int8_batchnorm_inference">): Counted {
  const { all, channels, parameters, running } = sizesOf(words), { residual } = words;
  return {
    operations: sumOperations([
      elements(all, NORMALISE, ACTIVATE, residual ? JOIN : {}),
      elements(channels, RUNNING, COEFFICIENTS),
    ]),
    moves: [
      reads("activations", SUM * all + (residual ? all : 0)),
      writes("activations", all),
      reads("weights", parameters + running),
    ],
  };
}

/** Sums take a pass, and the error one, or two where it is measured before it is rounded. */
function backward(words: Words<"int8_batchnorm_backward">): Counted {
  const { all, channels } = sizesOf(words), random = isRandom(words.quantizer), rounds = random ? 2 : 1;
  return {
    operations: sumOperations([
      elements(all, SUMS, random ? ERROR_RANDOMLY : ERROR_TO_NEAREST),
      elements(channels, ERROR_COEFFICIENTS),
    ]),
    moves: [
      reads("activations", (1 + rounds) * 2 * all + SUM * channels),
      { tensor: "errors", read: (1 + rounds) * all, written: rounds * all },
      reads("weights", channels),
      writes("gradients", 2 * WIDE_SUM * channels),
    ],
  };
}

/** Formulas of batch norm. */
export const INT8_NORMS = {
  int8_batchnorm_forward: forward,
  int8_batchnorm_inference: inference,
  int8_batchnorm_backward: backward,
} satisfies SomeFormulas;
