/**
 * `eoq paper`: an experiment of the paper, its numbers beside the published.
 *
 * @module
 */

import { RunError, UserError } from "../errors.ts";
import { type Library, openLibrary } from "../native/library.ts";
import { accuracy } from "../paper/accuracy.ts";
import { bits } from "../paper/bits.ts";
import { bnCost } from "../paper/bn_cost.ts";
import type { Experiment } from "../paper/experiment.ts";
import { describeEnvironmentLine } from "../paper/markdown.ts";
import { REPORT_JSON, REPORT_MARKDOWN, runExperiment } from "../paper/run_experiment.ts";
import { COST_BUDGETS, type ExperimentName, EXPERIMENTS, TRAINING_BUDGETS } from "../paper/scale.ts";
import type { PaperReport } from "../paper/schema.ts";
import { formatSection } from "../paper/section.ts";
import { SMALL_BATCH_METHODS, smallBatch } from "../paper/small_batch.ts";
import { type TrainingDesign, trainingExperiment } from "../paper/training.ts";
import { METHODS } from "../exec/methods.ts";
import { commandLine } from "../report/command_line.ts";
import { describeEnvironment } from "../report/environment.ts";
import type { Environment } from "../report/schema.ts";
import { stderrTerminal } from "../report/terminal.ts";
import type { Invocation } from "./command.ts";
import { Interrupt } from "./interrupt.ts";
import { only } from "./options.ts";
import { absolute } from "./setup.ts";
import { refuseUnused } from "./unused.ts";
import { oneOf } from "./words.ts";

const IMAGES = ["--dataset", "--data", "--epochs", "--images", "--train-limit", "--test-limit"];

/** Options that an experiment has no use for. */
const UNUSED: Readonly<Record<ExperimentName, readonly string[]>> = {
  "small-batch": [],
  accuracy: [],
  bits: ["--method"],
  isometry: [...IMAGES, "--method", "--jobs"],
  "bn-cost": [...IMAGES, "--seeds", "--jobs"],
};

/** What experiments are made with. */
interface Make {
  readonly invocation: Invocation;
  readonly library: Library;
  readonly environment: Environment;
  readonly folder: string;
}

/** The experiment of a name, whatever its cells come to. */
type AnyExperiment = Experiment<PaperReport["cells"][number]["result"]>;

async function makeTraining(name: "small-batch" | "accuracy" | "bits", { invocation, folder }: Make) {
  const { values, given } = invocation;
  if (given.has("epochs") && given.has("images")) throw new UserError("--epochs and --images: give one of them");
  const scaled = TRAINING_BUDGETS[name][values.scale];
  const trainLimit = values["train-limit"] ?? scaled.trainLimit;
  const budget = {
    models: given.has("model") ? [values.model] : scaled.models,
    epochs: given.has("epochs") ? values.epochs : scaled.epochs,
    seeds: values.seeds ?? scaled.seeds,
    ...(trainLimit !== undefined && { trainLimit }),
  };
  const testLimit = values["test-limit"];
  return trainingExperiment(design(name, invocation, budget.models), {
    budget,
    ...(values.images !== undefined && { images: values.images }),
    data: [
      ...["--dataset", values.dataset],
      ...(values.data === undefined ? [] : ["--data", await absolute(values.data)]),
      ...(testLimit === undefined ? [] : ["--test-limit", `${testLimit}`]),
    ],
    machine: machineArguments(invocation),
    folder,
  });
}

function design(
  name: "small-batch" | "accuracy" | "bits",
  invocation: Invocation,
  models: readonly string[],
): TrainingDesign {
  const methods = invocation.given.has("method") ? invocation.values.method : undefined;
  switch (name) {
    case "small-batch":
      return smallBatch(models[0]!, methods ?? SMALL_BATCH_METHODS);
    case "accuracy":
      return accuracy(models, methods ?? METHODS);
    case "bits":
      return bits(models[0]!);
  }
}

/** `--threads` and `--isa` of each cell. */
function machineArguments({ values: { threads, isa, jobs } }: Invocation): string[] {
  const each = threads === undefined ? (jobs > 1 ? 1 : undefined) : only("--threads", threads);
  return [...(each === undefined ? [] : ["--threads", `${each}`]), ...(isa === undefined ? [] : ["--isa", isa])];
}

async function makeExperiment(name: ExperimentName, make: Make): Promise<AnyExperiment> {
  const { values, given } = make.invocation;
  const model = given.has("model") ? values.model : undefined;
  switch (name) {
    case "isometry":
      throw new UserError("not yet");
    case "bn-cost": {
      const scaled = COST_BUDGETS[values.scale];
      return bnCost(
        { ...scaled, model: model ?? scaled.model },
        given.has("method") ? values.method : METHODS,
        make,
      ) as AnyExperiment;
    }
    default:
      return await makeTraining(name, make) as AnyExperiment;
  }
}

/** Runs `eoq paper`. @throws {RunError} when it was interrupted or a cell crashed. */
export async function run(invocation: Invocation): Promise<void> {
  const { values, argument, args } = invocation;
  const name = oneOf("experiment", argument, EXPERIMENTS);
  refuseUnused(`eoq paper ${name}`, UNUSED[name], args);
  const { isa, threads, scale, jobs } = values;
  using library = await openLibrary({ isa, threads: threads && only("--threads", threads) });
  const environment = await describeEnvironment(library);
  const folder = values.out.replaceAll("{experiment}", name).replaceAll("{scale}", scale);
  const experiment = await makeExperiment(name, { invocation, library, environment, folder });
  using interrupt = new Interrupt();
  const { report, standings } = await runExperiment(experiment, {
    name,
    scale,
    command: commandLine(["eoq", "paper", ...args]),
    environment,
    folder,
    jobs,
    signal: interrupt.signal,
    terminal: values.quiet ? undefined : stderrTerminal(),
  });
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else {
    for (const section of experiment.sections(standings)) console.log(formatSection(section));
    console.log(`${report.budget}\n${describeEnvironmentLine(environment)}`);
    console.log(`report: ${folder}/${REPORT_JSON} and ${REPORT_MARKDOWN}, with the command of each cell`);
  }
  if (interrupt.signal.aborted) throw new RunError("interrupted; the same command goes on");
  const crashed = standings.find(({ outcome }) => outcome.status === "crashed");
  if (crashed !== undefined && "message" in crashed.outcome) {
    throw new RunError(`cell ${crashed.cell.name} crashed (${crashed.outcome.message}); the same command tries again`);
  }
}
