/**
 * The experiments and the budgets that they can be run with.
 *
 * @module
 */

/** The experiments, in the order of the help. */
export const EXPERIMENTS = ["small-batch", "accuracy", "online", "bits", "isometry", "bn-cost"] as const;

/** Name of an experiment. */
export type ExperimentName = typeof EXPERIMENTS[number];

/** The budgets, rising. */
export const SCALES = ["tiny", "small", "full"] as const;

/** Name of a budget: minutes on two cores, hours, or what the papers trained with. */
export type Scale = typeof SCALES[number];

/** Budget of an experiment that trains. */
export interface TrainingBudget {
  readonly models: readonly string[];
  readonly epochs: number;
  /** Training images at most; all of them when absent. */
  readonly trainLimit?: number;
  readonly seeds: readonly number[];
}

/** Budget of the experiment that trains on the first images alone. */
export interface OnlineBudget {
  readonly models: readonly string[];
  /** Images after which the network is tested, rising. */
  readonly points: readonly number[];
  readonly seeds: readonly number[];
}

/** Budget of the isometry experiment. */
export interface IsometryBudget {
  readonly models: readonly string[];
  /** Seeds of the initial weights; random vectors per block of each. */
  readonly seeds: readonly number[];
  readonly probes: number;
}

/** Budget of the cost experiment. */
export interface CostBudget {
  readonly model: string;
  readonly batches: readonly number[];
  /** Seconds to sample each method for. */
  readonly seconds: number;
}

/** 64,000 steps of 128 images, as He et al. trained (arXiv 1512.03385, section 4.2); EOQ's own budget we do not know. */
const PAPER_EPOCHS = 164;

const TINY = { models: ["resnet-8"], trainLimit: 5000, seeds: [1] };

/** Budgets of the experiments that train. */
export const TRAINING_BUDGETS: Readonly<
  Record<"small-batch" | "accuracy" | "bits", Readonly<Record<Scale, TrainingBudget>>>
> = {
  "small-batch": {
    tiny: { ...TINY, epochs: 1 },
    small: { models: ["resnet-20"], epochs: 1, seeds: [1] },
    full: { models: ["resnet-110"], epochs: PAPER_EPOCHS, seeds: [1] },
  },
  accuracy: {
    tiny: { ...TINY, epochs: 3 },
    small: { models: ["resnet-20"], epochs: 30, seeds: [1] },
    full: { models: ["resnet-20", "resnet-56", "resnet-110"], epochs: PAPER_EPOCHS, seeds: [1, 2, 3] },
  },
  bits: {
    tiny: { ...TINY, epochs: 3 },
    small: { models: ["resnet-20"], epochs: 5, seeds: [1] },
    full: { models: ["resnet-20"], epochs: PAPER_EPOCHS, seeds: [1, 2, 3] },
  },
};

/** Budgets of `online`: no more than one pass over the 60,000 images of MNIST. */
export const ONLINE_BUDGETS: Readonly<Record<Scale, OnlineBudget>> = {
  tiny: { models: ["lenet", "resnet-8"], points: [1000, 10_000], seeds: [1] },
  small: { models: ["lenet", "resnet-8"], points: [1000, 10_000, 60_000], seeds: [1] },
  full: { models: ["lenet", "resnet-8"], points: [1000, 10_000, 60_000], seeds: [1, 2, 3, 4, 5] },
};

/** Budgets of `isometry`. */
export const ISOMETRY_BUDGETS: Readonly<Record<Scale, IsometryBudget>> = {
  tiny: { models: ["resnet-20"], seeds: [1, 2], probes: 2 },
  small: { models: ["resnet-20", "resnet-56", "resnet-110"], seeds: [1, 2, 3, 4], probes: 4 },
  full: {
    models: ["resnet-20", "resnet-32", "resnet-44", "resnet-56", "resnet-110"],
    seeds: [1, 2, 3, 4, 5, 6, 7, 8],
    probes: 8,
  },
};

/** Budgets of `bn-cost`. */
export const COST_BUDGETS: Readonly<Record<Scale, CostBudget>> = {
  tiny: { model: "resnet-8", batches: [1, 32], seconds: 0.5 },
  small: { model: "resnet-20", batches: [1, 8, 128], seconds: 3 },
  full: { model: "resnet-110", batches: [1, 8, 128], seconds: 10 },
};

function seedsInWords(seeds: readonly number[]): string {
  return seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(", ")}`;
}

/** A training budget in words. */
export function describeTraining({ models, epochs, trainLimit, seeds }: TrainingBudget): string {
  const images = trainLimit === undefined ? "all training images" : `${trainLimit} training images`;
  return `${models.join(", ")}; ${epochs} x ${images}; ${seedsInWords(seeds)}`;
}

/** An online budget in words. */
export function describeOnline({ models, points, seeds }: OnlineBudget): string {
  return `${models.join(", ")}; ${points.join(", ")} training images; ${seedsInWords(seeds)}`;
}

/** An isometry budget in words. */
export function describeIsometry({ models, seeds, probes }: IsometryBudget): string {
  return `${models.join(", ")}; ${seedsInWords(seeds)}, ${probes} probes per block of each`;
}

/** A cost budget in words. */
export function describeCost({ model, batches, seconds }: CostBudget): string {
  return `${model}; batch ${batches.join(", ")}; ${seconds} s per method`;
}

/** An experiment's budget at a scale, in words. */
function describeBudget(experiment: ExperimentName, scale: Scale): string {
  switch (experiment) {
    case "online":
      return describeOnline(ONLINE_BUDGETS[scale]);
    case "isometry":
      return describeIsometry(ISOMETRY_BUDGETS[scale]);
    case "bn-cost":
      return describeCost(COST_BUDGETS[scale]);
    default:
      return describeTraining(TRAINING_BUDGETS[experiment][scale]);
  }
}

/** Every experiment and scale with its budget in words. */
export function budgets(): [term: string, text: string][] {
  return EXPERIMENTS.flatMap((experiment) =>
    SCALES.map((scale): [string, string] => [`${experiment} ${scale}`, describeBudget(experiment, scale)])
  );
}
