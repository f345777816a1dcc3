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

import { convElements, type ConvPlan } from "../../plan/plan.ts";
import type { Move, Part } from "../parts.ts";
import { type Floats, floats, moved } from "./kinds.ts";
import { momentsOverhead, sumOverhead } from "./lanes.ts";
import { updateParameters } from "./update.ts";
import type { Images, Norm, UnitPlan } from "./unit.ts";

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
/** Gamma's gradient; slope and offset from the sums, which become means. */
const SLOPE_AND_OFFSET: Floats = { adds: 1, multiplies: 7, divides: 2 };

interface NormPlan extends Pick<UnitPlan, "conv" | "residual" | "skip"> {
  /** Whether the backward pass finds the ReLU's mask again. */
  readonly again: boolean;
}

function normParts({ conv, residual, skip, again }: NormPlan, { count, groups }: Images): Part[] {
  const layer = `${conv.name}.norm`, channels = conv.outputs;
  const elements = count * convElements(conv).output, pixels = elements / channels;
  const part = (phase: Part["phase"], times: number, each: Floats, ...moves: Move[]): Part => ({
    layer,
    phase,
    operations: floats(times, each),
    moves,
  });
  const once = moved("activations", elements), offsets = moved("weights", 2 * channels);
  return [
    { ...part("forward", elements, MEAN, once), overhead: momentsOverhead(pixels, channels) },
    part("forward", elements, VARIANCE),
    part("forward", channels, STATISTICS),
    part("forward", channels, INVERSE_STD, moved("activations", 0, 2 * channels)),
    part("forward", channels, RUNNING, moved("weights", 2 * channels, 2 * channels)),
    part("forward", channels, SCALE_AND_SHIFT, offsets),
    part("inference", groups * channels, INVERSE_STD, moved("weights", groups * 2 * channels)),
    part("inference", groups * channels, SCALE_AND_SHIFT, moved("weights", groups * 2 * channels)),
    ...(["forward", "inference"] as const).flatMap((phase) => [
      part(phase, elements, NORMALISE, moved("activations", elements, elements)),
      ...residual ? [part(phase, elements, JOIN, once)] : [],
    ]),
    ...skip ? [part("backward", elements, JOIN, moved("errors", elements))] : [],
    {
      ...part("backward", elements, OFFSET_GRADIENTS, once, moved("errors", elements)),
      overhead: sumOverhead(pixels, channels, 2),
    },
    // The mask is taken from the output, and what it lets through is the residual's error.
    ...again ? [] : [part("backward", elements, {}, moved("activations", elements), moved("errors", 0, elements))],
    {
      ...part("backward", elements, INPUT_GRADIENT, once, moved("errors", elements, elements)),
      overhead: again ? floats(elements, MASK_AGAIN) : {},
    },
    part("backward", channels, SCALE_AND_SHIFT, offsets),
    part(
      "backward",
      channels,
      SLOPE_AND_OFFSET,
      moved("activations", 2 * channels),
      moved("gradients", 0, 2 * channels),
    ),
    updateParameters(layer, 2 * channels),
  ];
}

/** The norm of `bn-fp32`. */
export function batchNorm(): Norm {
  return {
    unit: ({ conv, residual, skip, inner }, images) => normParts({ conv, residual, skip, again: inner }, images),
    projection: (conv: ConvPlan, images) => normParts({ conv, residual: false, skip: false, again: true }, images),
    shared: [],
  };
}
