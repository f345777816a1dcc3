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

import { convElements, type ConvPlan } from "../../plan/plan.ts";
import { sumOperations } from "../kinds.ts";
import { type Move, type Part, times } from "../parts.ts";
import { maskBytes, reads, SUM, WIDE_SUM, writes } from "./moves.ts";
import {
  CLIP,
  type Each,
  elements,
  QUANTIZE,
  QUANTIZE_RANDOMLY,
  type Quantizer,
  ROUND_WIDE,
  SCALE,
} from "./rounding.ts";
import { weightsUpdate } from "./update.ts";

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
/** To nearest one pass does it all, by the last step's shift; stochastically another one rounds. */
const errorOf = ({ random }: Quantizer): Each =>
  sumOperations([ERROR, { "compare": 2 }, QUANTIZE, ...random ? [ERROR, QUANTIZE_RANDOMLY] : []]);

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

/** What follows a norm. */
export interface Behind {
  /** Whether a shortcut joins. */
  readonly residual: boolean;
  /** Whether a ReLU follows, whose mask is kept; without it magnitudes are compared, in as many steps. */
  readonly relu: boolean;
}

/** The norm behind a convolution, in every phase. */
export function normParts(conv: ConvPlan, count: number, { residual, relu }: Behind, errors: Quantizer): Part[] {
  const layer = `${conv.name}.norm`, channels = conv.outputs;
  const all = count * convElements(conv).output;
  const shortcut = residual ? all : 0, parameters = 2 * channels, running = 2 * SUM * channels;
  // Sums take a pass, and the error one, or two where it is measured before it is rounded.
  const rounds = errors.random ? 2 : 1;
  const output = [NORMALISE, ACTIVATE, residual ? JOIN : {}];
  const part = (phase: Part["phase"], ofElement: Each[], ofChannel: Each[], moves: Move[]): Part => ({
    layer,
    phase,
    moves,
    operations: sumOperations([elements(all, ...ofElement), elements(channels, ...ofChannel)]),
  });
  return [
    part("forward", [MOMENTS, relu ? MASK : {}, ...output], [STATISTICS, RUN, RUN, COEFFICIENTS, INVERSE], [
      reads("activations", 2 * SUM * all + shortcut),
      // int8, int16 and mask; 1 / std.
      writes("activations", 3 * all + (relu ? maskBytes(all) : 0) + SUM * channels),
      { tensor: "weights", read: parameters + running, written: running },
    ]),
    part("inference", output, [RUNNING, COEFFICIENTS], [
      reads("activations", SUM * all + shortcut),
      writes("activations", all),
      reads("weights", parameters + running),
    ]),
    part("backward", [SUMS, errorOf(errors)], [ERROR_COEFFICIENTS], [
      reads("activations", (1 + rounds) * 2 * all + SUM * channels),
      { tensor: "errors", read: (1 + rounds) * all, written: rounds * all },
      reads("weights", channels),
      writes("gradients", 2 * WIDE_SUM * channels),
    ]),
    weightsUpdate(layer, 2, 2 * channels, {
      weightBits: 24,
      errorFeedback: false,
      centredGradients: false,
      decay: false,
      wide: true,
    }),
  ];
}
