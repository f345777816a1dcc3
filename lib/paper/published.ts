/**
 * Published numbers that tables set beside ours. A number that we could not
 * find in print is not here, and its place in a table is a dash.
 *
 * @module
 */

/** A number in print. */
export interface Published {
  readonly value: number;
  /** Where, and of what. */
  readonly source: string;
}

const EOQ = "EOQ, arXiv 2105.13890";

/** Test accuracy in percent of ResNet-110 on CIFAR-10 by batch size: with batch norm, and EOQ without. */
const SMALL_BATCH: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  "bn-fp32": { 1: 22.74, 2: 85.05, 4: 88.41, 8: 90.36, 128: 92.84 },
  "eoq": { 1: 89.41, 2: 92.74, 4: 93.11, 8: 93.13, 128: 92.98 },
};

/** The paper's accuracy at a batch size, in percent. */
export function smallBatchAccuracy(method: string, batch: number): Published | undefined {
  const value = SMALL_BATCH[method]?.[batch];
  return value === undefined ? undefined : { value, source: `${EOQ}, ResNet-110` };
}

/** Test accuracy in percent of batch-norm networks in fp32 on CIFAR-10: 100 minus the error of table 6. */
const HE: Readonly<Record<string, number>> = {
  "resnet-20": 91.25,
  "resnet-32": 92.49,
  "resnet-44": 92.83,
  "resnet-56": 93.03,
  "resnet-110": 93.57,
};

/** Published accuracy of a method at batch 128, in percent. */
export function accuracyOf(method: string, model: string): Published | undefined {
  const he = HE[model];
  if (method === "bn-fp32" && he !== undefined) {
    return { value: he, source: "He et al., arXiv 1512.03385, table 6 (best of 5 for ResNet-110)" };
  }
  return method === "eoq" && model === "resnet-110" ? smallBatchAccuracy("eoq", 128) : undefined;
}

const ABSTRACT =
  `${EOQ}, abstract: 8-bit networks without batch norm against "the traditional 32-bit floating-point BN inference process"`;

/** How many times faster 8-bit inference without batch norm is than batch norm in fp32. */
export const INFERENCE_SPEEDUP: Published = { value: 18, source: `${ABSTRACT}, "> 18 faster in the processing speed"` };

/** How many times less power it takes there. */
export const POWER_SAVING: Published = { value: 70, source: `${ABSTRACT}, "> 70 lower in power"` };
