/**
 * `eoq paper`: an experiment of the paper, its numbers beside the published.
 *
 * @module
 */

import type { DatasetName } from "../data/datasets.ts";
import { RunError, UserError } from "../errors.ts";
import { type Method, METHODS } from "../exec/methods.ts";
import { type Library, openLibrary } from "../native/library.ts";
import { accuracy } from "../paper/accuracy.ts";
import { bits } from "../paper/bits.ts";
import { bnCost } from "../paper/bn_cost.ts";
import type { Experiment } from "../paper/experiment.ts";
import { isometry } from "../paper/isometry/experiment.ts";
import { online } from "../paper/online.ts";
import { REPORT_JSON, REPORT_MARKDOWN, runExperiment } from "../paper/run_experiment.ts";
import {
  COST_BUDGETS,
  describeOnline,
  describeTraining,
  type ExperimentName,
  EXPERIMENTS,
  ISOMETRY_BUDGETS,
  ONLINE_BUDGETS,
  TRAINING_BUDGETS,
  type TrainingBudget,
} from "../report/scale.ts";
import type { CellResult } from "../report/paper.ts";
import { formatSection } from "../terminal/section.ts";
import { SMALL_BATCH_METHODS, smallBatch } from "../paper/small_batch.ts";
import { type TrainingChoice, type TrainingDesign, trainingExperiment } from "../paper/training.ts";
import { commandLine } from "../terminal/command_line.ts";
import { describeEnvironment, environmentLine } from "../report/environment.ts";
import type { Environment } from "../report/run.ts";
import { outputWidth, stderrTerminal } from "../terminal/terminal.ts";
import type { Invocation } from "../cli/command.ts";
import { FORWARDED, forwardedWords } from "../cli/forwarded.ts";
import { Interrupt } from "../cli/interrupt.ts";
import { only } from "../cli/options.ts";
import { absolute } from "./training/setup.ts";
import { refuseUnused } from "../cli/unused.ts";
import { oneOf } from "../cli/words.ts";

/** Options of training. */
const TRAINING = [
  ...["--dataset", "--data", "--epochs", "--images", "--train-limit", "--test-limit"],
  ...FORWARDED.map((name) => `--${name}`),
];

/** Options that an experiment has no use for. */
const UNUSED: Readonly<Record<ExperimentName, readonly string[]>> = {
  "small-batch": ["--seconds"],
  accuracy: ["--seconds"],
  online: ["--seconds", "--epochs", "--images", "--train-limit"],
  bits: ["--seconds", "--method"],
  isometry: [...TRAINING, "--method", "--jobs", "--seconds"],
  "bn-cost": [...TRAINING, "--seeds", "--jobs"],
};

/** What an experiment is run with. */
interface Run {
  readonly invocation: Invocation;
  readonly name: ExperimentName;
  readonly library: Library;
  readonly environment: Environment;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Experiments whose cells are runs of `eoq train` over all images of a budget. */
type TrainingName = keyof typeof TRAINING_BUDGETS;

/** What the user's options make of the training experiment's budget. */
async function chooseTraining(
  run: Run,
  name: TrainingName,
): Promise<TrainingChoice & { readonly budget: TrainingBudget }> {
  const { values, given } = run.invocation;
  const { images } = values;
  if (given.has("epochs") && given.has("images")) throw new UserError("--epochs and --images: give one of them");
  const scaled = TRAINING_BUDGETS[name][values.scale];
  const trainLimit = values["train-limit"] ?? scaled.trainLimit;
  const budget = {
    models: given.has("model") ? [values.model] : scaled.models,
    epochs: given.has("epochs") ? values.epochs : scaled.epochs,
    seeds: values.seeds ?? scaled.seeds,
    ...(trainLimit !== undefined && { trainLimit }),
  };
  const words = describeTraining(budget);
  return {
    ...await cellArguments(run, "cifar10"),
    budget,
    words: images === undefined ? words : `${words}; ${images} images in all`,
    ...(images !== undefined && { images }),
  };
}

/** What every cell of a grid that trains is given. @param dataset The images where the user names none. */
async function cellArguments({ invocation, folder }: Run, dataset: DatasetName) {
  const { data, "test-limit": testLimit } = invocation.values;
  return {
    data: [
      ...["--dataset", invocation.given.has("dataset") ? invocation.values.dataset : dataset],
      ...(data === undefined ? [] : ["--data", await absolute(data)]),
      ...(testLimit === undefined ? [] : ["--test-limit", `${testLimit}`]),
      ...forwardedWords(invocation),
    ],
    machine: machineArguments(invocation),
    folder,
  };
}

/** `--threads` and `--isa` of each cell. */
function machineArguments({ values: { threads, isa, jobs } }: Invocation): string[] {
  const each = threads === undefined ? (jobs > 1 ? 1 : undefined) : only("--threads", threads);
  return [...(each === undefined ? [] : ["--threads", `${each}`]), ...(isa === undefined ? [] : ["--isa", isa])];
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

async function runTraining(run: Run, name: TrainingName): Promise<void> {
  const { values, given } = run.invocation;
  const choice = await chooseTraining(run, name);
  const methods = given.has("method") ? values.method : undefined;
  await execute(trainingExperiment(design(name, choice.budget.models, methods), choice), run);
}

async function runOnline(run: Run): Promise<void> {
  const { values, given } = run.invocation;
  const scaled = ONLINE_BUDGETS[values.scale];
  const budget = {
    ...scaled,
    ...(given.has("model") && { models: [values.model] }),
    ...(values.seeds !== undefined && { seeds: values.seeds }),
  };
  const design = online(budget, given.has("method") ? values.method : SMALL_BATCH_METHODS);
  const choice = {
    ...await cellArguments(run, "mnist"),
    budget: { epochs: 1, seeds: budget.seeds },
    words: describeOnline(budget),
  };
  await execute(trainingExperiment(design, choice), run);
}

async function runIsometry(run: Run): Promise<void> {
  const { values, given } = run.invocation;
  const scaled = ISOMETRY_BUDGETS[values.scale];
  const budget = {
    ...scaled,
    ...(given.has("model") && { models: [values.model] }),
    ...(values.seeds !== undefined && { seeds: values.seeds }),
  };
  await execute(isometry(budget, { ...run, scale: values.scale }), run);
}

async function runCost(run: Run): Promise<void> {
  const { values, given } = run.invocation;
  const scaled = COST_BUDGETS[values.scale];
  const budget = {
    ...scaled,
    ...(given.has("model") && { model: values.model }),
    ...(values.seconds !== undefined && { seconds: values.seconds }),
  };
  await execute(bnCost(budget, given.has("method") ? values.method : METHODS, run), run);
}

/** Runs the grid and prints what it came to. @throws {RunError} when it was interrupted or a cell crashed. */
async function execute<Result extends CellResult>(experiment: Experiment<Result>, run: Run): Promise<void> {
  const { name, environment, folder, signal } = run;
  const { values, args } = run.invocation;
  const { report, standings } = await runExperiment(experiment, {
    ...{ name, environment, folder, signal, scale: values.scale, jobs: values.jobs },
    command: commandLine(["eoq", "paper", ...args]),
    terminal: values.quiet ? undefined : stderrTerminal(),
  });
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else {
    for (const section of experiment.sections(standings)) console.log(formatSection(section, outputWidth()));
    console.log(`${report.budget}\n${environmentLine(environment)}`);
    console.log(`report: ${folder}/${REPORT_JSON} and ${REPORT_MARKDOWN}, with the command of each cell`);
  }
  if (signal.aborted) throw new RunError("interrupted; the same command goes on");
  for (const { cell, outcome } of standings) {
    if (outcome.status !== "crashed") continue;
    throw new RunError(`cell ${cell.name} crashed (${outcome.message}); the same command tries again`);
  }
}

/** Runs `eoq paper`. */
export async function run(invocation: Invocation): Promise<void> {
  const { values, argument, args } = invocation;
  const name = oneOf("experiment", argument, EXPERIMENTS);
  refuseUnused(`eoq paper ${name}`, UNUSED[name], args);
  const { isa, threads, scale } = values;
  using library = await openLibrary({ isa, threads: threads && only("--threads", threads) });
  using interrupt = new Interrupt();
  const run = {
    ...{ invocation, name, library, signal: interrupt.signal },
    environment: await describeEnvironment(library),
    folder: values.out.replaceAll("{experiment}", name).replaceAll("{scale}", scale),
  };
  switch (name) {
    case "online":
      return await runOnline(run);
    case "isometry":
      return await runIsometry(run);
    case "bn-cost":
      return await runCost(run);
    default:
      return await runTraining(run, name);
  }
}
