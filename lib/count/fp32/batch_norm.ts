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
import type { Part } from "../parts.ts";
import { type Floats, floats } from "./kinds.ts";
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
  const part = (phase: Part["phase"], times: number, each: Floats): Part => ({
    layer,
    phase,
    operations: floats(times, each),
  });
  return [
    { ...part("forward", elements, MEAN), overhead: momentsOverhead(pixels, channels) },
    part("forward", elements, VARIANCE),
    ...[STATISTICS, INVERSE_STD, RUNNING, SCALE_AND_SHIFT].map((each) => part("forward", channels, each)),
    ...[INVERSE_STD, SCALE_AND_SHIFT].map((each) => part("inference", groups * channels, each)),
    ...(["forward", "inference"] as const).flatMap((phase) => [
      part(phase, elements, NORMALISE),
      ...residual ? [part(phase, elements, JOIN)] : [],
    ]),
    ...skip ? [part("backward", elements, JOIN)] : [],
    { ...part("backward", elements, OFFSET_GRADIENTS), overhead: sumOverhead(pixels, channels, 2) },
    { ...part("backward", elements, INPUT_GRADIENT), overhead: again ? floats(elements, MASK_AGAIN) : {} },
    ...[SCALE_AND_SHIFT, SLOPE_AND_OFFSET].map((each) => part("backward", channels, each)),
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
