/**
 * The experiments by name: each is made of a scale's budget and of what the
 * user chose instead.
 *
 * @module
 */

import type { DatasetName } from "../data/datasets.ts";
import { type Method, METHODS } from "../exec/methods.ts";
import type { Library } from "../native/library.ts";
import {
  COST_BUDGETS,
  describeOnline,
  describeTraining,
  type ExperimentName,
  ISOMETRY_BUDGETS,
  ONLINE_BUDGETS,
  type Scale,
  TRAINING_BUDGETS,
} from "../report/scale.ts";
import { accuracy } from "./accuracy.ts";
import { bits } from "./bits.ts";
import { bnCost } from "./bn_cost.ts";
import { isometry } from "./isometry/experiment.ts";
import { online } from "./online.ts";
import { type ExperimentEnd, type ExperimentRun, runExperiment } from "./run_experiment.ts";
import { SMALL_BATCH_METHODS, smallBatch } from "./small_batch.ts";
import { trainingExperiment } from "./training.ts";
import type { TrainingDesign } from "./training_design.ts";

/** What the user asks for; what is undefined is up to the experiment and its scale. */
export interface ExperimentChoice {
  readonly scale: Scale;
  /** Experiments on one network take the first. */
  readonly models: readonly string[] | undefined;
  readonly methods: readonly Method[] | undefined;
  readonly seeds: readonly number[] | undefined;
  readonly epochs: number | undefined;
  /** Images to train on instead of the epochs. */
  readonly images: number | undefined;
  readonly trainLimit: number | undefined;
  /** Seconds to time each method for. */
  readonly seconds: number | undefined;
  readonly dataset: DatasetName | undefined;
  /** More arguments of `eoq train` for every cell: `--data`, `--test-limit` and what else fixes a result. */
  readonly training: readonly string[];
  /** `--threads` and `--isa` of every cell. */
  readonly machine: readonly string[];
}

/** What measures, and where the cells lie. */
export interface ExperimentSetup extends ExperimentRun {
  readonly library: Library;
}

/** Experiments whose cells are runs of `eoq train` over all images of a budget. */
type TrainingName = keyof typeof TRAINING_BUDGETS;

/** What every cell of a grid that trains is given. @param fallback The images where the user names none. */
function cellArguments({ dataset, training, machine }: ExperimentChoice, folder: string, fallback: DatasetName) {
  return { data: ["--dataset", dataset ?? fallback, ...training], machine, folder };
}

function design(name: TrainingName, models: readonly string[], methods: readonly Method[] | undefined): TrainingDesign {
  switch (name) {
    case "small-batch":
      return smallBatch(models[0]!, methods ?? SMALL_BATCH_METHODS);
    case "accuracy":
      return accuracy(models, methods ?? METHODS);
    case "bits":
      return bits(models[0]!);
  }
}

function trainingOf(name: TrainingName, choice: ExperimentChoice, folder: string) {
  const { scale, images, methods } = choice;
  const scaled = TRAINING_BUDGETS[name][scale];
  const trainLimit = choice.trainLimit ?? scaled.trainLimit;
  const budget = {
    models: choice.models ?? scaled.models,
    epochs: choice.epochs ?? scaled.epochs,
    seeds: choice.seeds ?? scaled.seeds,
    ...(trainLimit !== undefined && { trainLimit }),
  };
  const words = describeTraining(budget);
  return trainingExperiment(design(name, budget.models, methods), {
    ...cellArguments(choice, folder, "cifar10"),
    budget,
    words: images === undefined ? words : `${words}; ${images} images in all`,
    ...(images !== undefined && { images }),
  });
}

function onlineOf(choice: ExperimentChoice, folder: string) {
  const { scale, models, seeds, methods = SMALL_BATCH_METHODS } = choice;
  const scaled = ONLINE_BUDGETS[scale];
  const budget = { ...scaled, models: models ?? scaled.models, seeds: seeds ?? scaled.seeds };
  return trainingExperiment(online(budget, methods), {
    ...cellArguments(choice, folder, "mnist"),
    budget: { epochs: 1, seeds: budget.seeds },
    words: describeOnline(budget),
  });
}

function isometryOf({ scale, models, seeds }: ExperimentChoice, setup: ExperimentSetup) {
  const scaled = ISOMETRY_BUDGETS[scale];
  return isometry({ ...scaled, models: models ?? scaled.models, seeds: seeds ?? scaled.seeds }, setup);
}

function costOf({ scale, models, seconds, methods = METHODS }: ExperimentChoice, setup: ExperimentSetup) {
  const scaled = COST_BUDGETS[scale];
  const budget = { ...scaled, model: models?.[0] ?? scaled.model, seconds: seconds ?? scaled.seconds };
  return bnCost(budget, methods, setup);
}

/**
 * Runs the experiment of a name.
 *
 * @returns where it ended: complete, or as far as it came.
 * @throws {UserError} when the input of a cell is at fault or the folder cannot be written.
 */
export async function runNamed(
  name: ExperimentName,
  choice: ExperimentChoice,
  setup: ExperimentSetup,
): Promise<ExperimentEnd> {
  switch (name) {
    case "online":
      return await runExperiment(onlineOf(choice, setup.folder), setup);
    case "isometry":
      return await runExperiment(isometryOf(choice, setup), setup);
    case "bn-cost":
      return await runExperiment(costOf(choice, setup), setup);
    default:
      return await runExperiment(trainingOf(name, choice, setup.folder), setup);
  }
}
