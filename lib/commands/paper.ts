/**
 * `eoq paper`: an experiment of the paper, its numbers beside the published.
 *
 * @module
 */

import type { Command, Invocation } from "../cli/command.ts";
import { MACHINE, SCHEDULE_AND_IMAGES } from "../cli/option_groups.ts";
import { print } from "../cli/print.ts";
import { only, refuseUnused, type ValueName } from "../cli/options.ts";
import { DATASETS } from "../data/datasets.ts";
import { RunError, UserError } from "../errors.ts";
import type { ExperimentChoice } from "../paper/experiments.ts";
import { budgets, type ExperimentName, EXPERIMENTS } from "../report/scale.ts";
import { commandLine } from "../terminal/command_line.ts";
import { outputWidth, stderrTerminal } from "../terminal/terminal.ts";
import { oneOf } from "../words.ts";

/** Options of `eoq train` that no experiment varies by itself, and that go to every cell. */
const FORWARDED = ["input", ...SCHEDULE_AND_IMAGES] as const;

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

/** Those of the forwarded options that were given, as they were typed. */
function forwardedWords({ args, given }: Invocation): string[] {
  return FORWARDED.filter((name) => given.has(name)).flatMap((name) => {
    const i = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    return args.slice(i, args[i] === `--${name}` ? i + 2 : i + 1);
  });
}

/** `--threads` and `--isa` of each cell. */
function machineArguments({ values: { threads, isa, jobs } }: Invocation): string[] {
  const each = threads === undefined ? (jobs > 1 ? 1 : undefined) : only("--threads", threads);
  return [...(each === undefined ? [] : ["--threads", `${each}`]), ...(isa === undefined ? [] : ["--isa", isa])];
}

/** What the user's options ask of an experiment. @throws {UserError} naming those that exclude each other. */
async function chooseExperiment(invocation: Invocation): Promise<ExperimentChoice> {
  const { absolute } = await import("./training/setup.ts");
  const { values, given } = invocation;
  if (given.has("epochs") && given.has("images")) throw new UserError("--epochs and --images: give one of them");
  const own = <K extends ValueName>(name: K) => given.has(name) ? values[name] : undefined;
  const model = own("model"), testLimit = values["test-limit"];
  return {
    ...{ scale: values.scale, seeds: values.seeds, images: values.images, seconds: values.seconds },
    ...{ methods: own("method"), epochs: own("epochs"), dataset: own("dataset"), trainLimit: values["train-limit"] },
    models: model === undefined ? undefined : [model],
    training: [
      ...(values.data === undefined ? [] : ["--data", await absolute(values.data)]),
      ...(testLimit === undefined ? [] : ["--test-limit", `${testLimit}`]),
      ...forwardedWords(invocation),
    ],
    machine: machineArguments(invocation),
  };
}

/** The command. */
export const PAPER: Command = {
  name: "paper",
  summary: "repeat an experiment of the paper and set its numbers beside the published ones",
  operands: [{ placeholder: EXPERIMENTS.join("|"), values: EXPERIMENTS }],
  options: [
    ...["scale", "dataset", "data", "model", "epochs", "images", "train-limit", "test-limit", "seeds"] as const,
    ...["method", ...FORWARDED, "jobs", "seconds", ...MACHINE, "out", "json", "quiet", "help"] as const,
  ],
  fallbacks: { dataset: null, model: null, epochs: null, method: null, out: "paper/{experiment}-{scale}" },
  helps: {
    dataset: `the images: ${DATASETS.join(", ")} (default: cifar10, for online mnist)`,
    input: "how bytes become numbers; this and the options of training below go to every cell",
    model: "the network, instead of the scale's",
    epochs: "passes over the training images, instead of the scale's",
    "train-limit": "train on the first N images only, instead of the scale's",
    method: "the methods, with commas (default: those of the experiment)",
    seconds: "seconds to time each method for, instead of the scale's",
    out: "folder for the cells, report.json and report.md; {experiment} and {scale} are filled in",
  },
  description:
    "A grid of cells. Each cell that trains is one eoq train in a folder of its own, whose command line is in the " +
    "report; a cell that is done is not run again, and one that was interrupted goes on from its checkpoint: give " +
    "the same command again. report.json and report.md in the --out folder are written anew after each cell. A run " +
    "that diverges is a row of the table like any other.",
  list: { title: "Budgets", rows: budgets() },
  examples: [
    "eoq paper accuracy --data cifar-10-batches-bin",
    "eoq paper small-batch --scale small --data cifar-10-batches-bin --jobs 2",
    "eoq paper isometry --scale small",
  ],

  async run(invocation) {
    const { Interrupt } = await import("../cli/interrupt.ts");
    const { openShown } = await import("../cli/open_library.ts");
    const { runNamed } = await import("../paper/experiments.ts");
    const { REPORT_JSON, REPORT_MARKDOWN } = await import("../paper/run_experiment.ts");
    const { describeEnvironment, environmentLine } = await import("../report/environment.ts");
    const { formatSection } = await import("../terminal/section.ts");
    const { values, argument, args } = invocation;
    const name = oneOf("experiment", argument, EXPERIMENTS);
    refuseUnused(`eoq paper ${name}`, UNUSED[name], args);
    const { isa, threads, scale, jobs } = values;
    using library = await openShown({ isa, threads: threads && only("--threads", threads) }, values.quiet);
    using interrupt = new Interrupt();
    const { signal } = interrupt;
    const environment = await describeEnvironment(library);
    const folder = values.out.replaceAll("{experiment}", name).replaceAll("{scale}", scale);
    const { report, sections, standings } = await runNamed(name, await chooseExperiment(invocation), {
      ...{ name, scale, library, environment, folder, jobs, signal },
      command: commandLine(["eoq", "paper", ...args]),
      terminal: values.quiet ? undefined : stderrTerminal(),
    });
    if (values.json) console.log(JSON.stringify(report, null, 2));
    else {
      for (const section of sections) print(formatSection(section, outputWidth()));
      print(`${report.budget}\n${environmentLine(environment)}`);
      print(`report: ${folder}/${REPORT_JSON} and ${REPORT_MARKDOWN}, with the command of each cell`);
    }
    if (signal.aborted) throw new RunError("interrupted; the same command goes on");
    for (const { cell, outcome } of standings) {
      if (outcome.status !== "crashed") continue;
      throw new RunError(`cell ${cell.name} crashed (${outcome.message}); the same command tries again`);
    }
  },
};
