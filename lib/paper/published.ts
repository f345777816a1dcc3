/**
 * Published numbers that tables set beside ours. A number that we could not
 * find in print is not here, and its place in a table is a dash.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";

/** How well a source is known: read in itself, in its summary, or measured from what it published. */
export type Grade = "source" | "abstract" | "measured";

/** Where numbers are in print. */
export interface Publication {
  /** A few words for the head of a row. */
  readonly name: string;
  /** Where, and of what. */
  readonly source: string;
  readonly grade: Grade;
}

/** A number in print. */
export interface Published extends Publication {
  readonly value: number;
}

/** A row of a source's table: test accuracies in percent on CIFAR-10 of what a method of ours stands beside. */
export interface PublishedRow extends Publication {
  readonly method: Method;
  readonly batch: number;
  /** By model. */
  readonly accuracies: Readonly<Record<string, number>>;
}

const EOQ = "EOQ, arXiv 2105.13890";

const EOQ_PAPER: Publication = {
  name: "EOQ's paper",
  source:
    `${EOQ}, ResNet-110, as the public CV of its co-author X. Chi has it, which does not say whether the network ` +
    "without batch norm is of 8 bits",
  grade: "source",
};

/** Test accuracy in percent of ResNet-110 on CIFAR-10 by batch size: with batch norm, and EOQ without. */
const SMALL_BATCH: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  "bn-fp32": { 1: 22.74, 2: 85.05, 4: 88.41, 8: 90.36, 128: 92.84 },
  "eoq": { 1: 89.41, 2: 92.74, 4: 93.11, 8: 93.13, 128: 92.98 },
};

const HE: Publication = {
  name: "He et al.",
  source: "He et al., arXiv 1512.03385, table 6, 164 epochs (ResNet-110: the mean of five; the best of them is 93.57)",
  grade: "source",
};

const REPLICATION: Publication = {
  name: "replication",
  source: "AngusG/bn-advex-zhang-fixup, 200 epochs in fp32, without mixup, from the coordinates of its plot",
  grade: "measured",
};

const NITI: Publication = {
  name: "NITI",
  source:
    "NITI, arXiv 2009.13108, 200 epochs in 8-bit integers at batch 256, last epoch of its published logs (whose " +
    "best epochs on the test images are 90.64, 91.14 and 91.70)",
  grade: "measured",
};

/** Images a step of He et al., of the replication, and of the rows of EOQ that are beside theirs. */
const BATCH = 128;

/** Everything in print, whatever is trained here. */
export const PUBLISHED_ROWS: readonly PublishedRow[] = [
  {
    ...EOQ_PAPER,
    method: "bn-fp32",
    batch: BATCH,
    accuracies: { "resnet-110": SMALL_BATCH["bn-fp32"]![BATCH]! },
  },
  {
    ...HE,
    method: "bn-fp32",
    batch: BATCH,
    accuracies: {
      "resnet-20": 91.25,
      "resnet-32": 92.49,
      "resnet-44": 92.83,
      "resnet-56": 93.03,
      "resnet-110": 93.39,
    },
  },
  {
    ...REPLICATION,
    method: "bn-fp32",
    batch: BATCH,
    accuracies: { "resnet-20": 90.5, "resnet-32": 91.55, "resnet-44": 91.85, "resnet-56": 92.26, "resnet-110": 92.49 },
  },
  {
    ...REPLICATION,
    method: "fixup-fp32",
    batch: BATCH,
    accuracies: { "resnet-20": 91.49, "resnet-32": 92.35, "resnet-44": 92.64, "resnet-56": 92.88, "resnet-110": 93.07 },
  },
  { ...EOQ_PAPER, method: "eoq", batch: BATCH, accuracies: { "resnet-110": SMALL_BATCH["eoq"]![BATCH]! } },
  {
    ...NITI,
    method: "eoq",
    batch: 256,
    accuracies: { "vgg-small-7": 89.16, "vgg-small-8": 90.91, "vgg-small-9": 91.08 },
  },
];

/** What is in print of a method and a network, in percent, each at its source's own batch size. */
export function accuraciesOf(method: Method, model: string): (Published & { readonly batch: number })[] {
  return PUBLISHED_ROWS.flatMap(({ method: its, accuracies, ...row }) => {
    const value = accuracies[model];
    return its !== method || value === undefined ? [] : [{ ...row, value }];
  });
}

/** What is in print at a batch size, in percent: EOQ's ResNet-110 beside any network, the others beside their own. */
export function smallBatchAccuracies(method: Method, model: string, batch: number): Published[] {
  const value = SMALL_BATCH[method]?.[batch];
  const others = accuraciesOf(method, model).filter((each) => each.batch === batch && each.name !== EOQ_PAPER.name);
  return [...(value === undefined ? [] : [{ ...EOQ_PAPER, value }]), ...others];
}

const ABSTRACT =
  `${EOQ}, abstract: 8-bit networks without batch norm against "the traditional 32-bit floating-point BN inference process"`;

/** How many times faster 8-bit inference without batch norm is than batch norm in fp32. */
export const INFERENCE_SPEEDUP: Published = {
  name: EOQ_PAPER.name,
  value: 18,
  source: `${ABSTRACT}, "> 18 faster in the processing speed"`,
  grade: "abstract",
};

/** How many times less power it takes there. */
export const POWER_SAVING: Published = {
  name: EOQ_PAPER.name,
  value: 70,
  source: `${ABSTRACT}, "> 70 lower in power"`,
  grade: "abstract",
};
