/**
 * What `eoq learn` does, from its command line to its report.
 *
 * @module
 */

import type { Command, Invocation } from "../../cli/command.ts";
import { Interrupt } from "../../cli/interrupt.ts";
import { openShown } from "../../cli/open_library.ts";
import { only } from "../../cli/options.ts";
import { print } from "../../cli/print.ts";
import { say, warn } from "../../cli/warn.ts";
import { RunError, UserError } from "../../errors.ts";
import { FULL_RATE } from "../../exec/network.ts";
import { TRAITS } from "../../exec/methods.ts";
import { factsOf } from "../../model/facts.ts";
import { type Ending, learn } from "../../online/learn.ts";
import { LearnLog, LearnProgress } from "../../online/progress.ts";
import { writeAtomically } from "../../package/atomic_files.ts";
import { describeEnvironment } from "../../report/environment.ts";
import { type LearnReport, learnReportSchema, learnResult } from "../../report/learn.ts";
import { learnText } from "../../report/learn_text.ts";
import { commandLine } from "../../terminal/command_line.ts";
import { outputWidth, stderrTerminal } from "../../terminal/terminal.ts";
import { loadCheckpoint } from "../../train/checkpoint_files.ts";
import { STDERR } from "../../train/log.ts";
import { type Base, baselineVariants, openPupil, ownVariant, type Pupil, requireComparable } from "./learners.ts";
import { learnFolder, openLearnFolder } from "./learn_folder.ts";
import { openSource, type Source } from "./source.ts";

async function loadBase(path: string): Promise<Base> {
  return { path, checkpoint: await loadCheckpoint(path) };
}

/** Learning rate below which a warning is due: the default schedule ends at 16 times as much. */
const LEAST_RATE = FULL_RATE / 1024;

/** The baseline's checkpoint, if one is asked for. */
async function loadBaseline(base: Base, { values }: Invocation): Promise<Base | undefined> {
  const { compare, "compare-from": from } = values;
  if (compare === undefined && from === undefined) return undefined;
  if (compare === undefined) throw new UserError("--compare-from: needs --compare METHOD");
  if (from === undefined) {
    throw new UserError(
      `--compare: needs --compare-from FILE, a checkpoint of ${compare} from a run of the same budget`,
    );
  }
  const baseline = await loadBase(from);
  requireComparable(base, baseline, compare);
  return baseline;
}

/** Learns from the stream, saving and showing how it stands. */
async function lead(
  pupils: readonly Pupil[],
  { stream }: Source,
  { values }: Invocation,
  signal: AbortSignal,
): Promise<Ending> {
  const first = pupils[0]!.learner, limit = values.images;
  const total = stream.count === undefined ? limit : Math.min(stream.count, limit ?? Infinity);
  const terminal = values.quiet ? undefined : stderrTerminal();
  const progress = terminal && new LearnProgress(terminal, first, total);
  const log = values.log === undefined ? undefined : new LearnLog(STDERR, values.log);
  // Where nobody reads the log any more, whoever asked for it is gone: what was learnt is saved, and that is all.
  const unread = new AbortController();
  const tell = () => {
    try {
      log?.update(first);
    } catch {
      unread.abort();
    }
  };
  const sound = () => pupils.filter(({ learner }) => !learner.diverged);
  try {
    const ending = await learn({
      stream,
      learners: pupils.map(({ learner }) => learner),
      onError: values["on-error"],
      limit,
      signal: AbortSignal.any([signal, unread.signal]),
      onSkipped: ({ message }) => {
        progress?.clear();
        warn(`skipped: ${message}`);
      },
      between: async () => {
        progress?.update(first);
        tell();
        for (const { writer } of sound()) await writer.saveIfDue();
      },
    });
    for (const { writer } of sound()) await writer.save();
    return ending;
  } finally {
    progress?.clear();
  }
}

/** The report of learners that have come to the end of their stream. */
async function reportOf(
  pupils: readonly Pupil[],
  { description }: Source,
  context: Pick<LearnReport, "command" | "environment">,
): Promise<LearnReport> {
  const learners = await Promise.all(pupils.map(async ({ base, learner }) => {
    const { model, outcomes } = learner, { config } = base.checkpoint;
    return learnResult({
      ...{ config, bytes: model.bytes(), online: learner.state(), curve: outcomes.curve, accuracy: outcomes.accuracy },
      diverged: learner.diverged,
      hasStatistics: TRAITS[config.method].norm === "batch",
      weightsSha256: await model.weightsSha256(),
    });
  }));
  const { skipped } = pupils[0]!.learner.state();
  return learnReportSchema.parse({ schemaVersion: 1, ...context, stream: description, skipped, learners });
}

/** Runs the command. */
export async function runLearn(command: Command, invocation: Invocation): Promise<void> {
  const { values, argument, given, args } = invocation;
  if (values.resume && values.overwrite) throw new UserError("--resume and --overwrite: give one of them");
  const base = await loadBase(argument);
  const baseline = await loadBaseline(base, invocation);
  const own = ownVariant(base, invocation);
  const variants = [own, ...baseline === undefined ? [] : baselineVariants(baseline, own)];
  const facts = factsOf(base.checkpoint, base.path);
  using interrupt = new Interrupt();
  using source = await openSource(invocation, facts, base.checkpoint, interrupt.signal);
  const learningRate = given.has("learning-rate") ? values["learning-rate"] : undefined;
  const folder = await learnFolder(invocation, base, source, { learningRate, variants });
  using library = await openShown({ isa: values.isa, threads: values.threads && only("--threads", values.threads) });
  using open = await openLearnFolder(folder, variants, [base, ...baseline === undefined ? [] : [baseline]], values);
  if (values.resume && !open.begun) {
    say(`eoq: --resume: ${folder} has no checkpoint, starting from the beginning`);
  }
  const pupils: Pupil[] = [];
  const lessons = { library, stream: source.description, learningRate, folder, makeRoom: open.clear, invocation };
  try {
    for (const variant of variants) pupils.push(await openPupil(variant, lessons));
    const { rate } = pupils[0]!.learner.config;
    if (rate < LEAST_RATE) {
      const share = Number((rate / FULL_RATE).toPrecision(2));
      warn(
        `the run ended at ${share} times its first learning rate, with which little is learnt; --rate gives another`,
      );
    }
    const ending = await lead(pupils, source, invocation, interrupt.signal);
    const resume = commandLine([
      ...["deno", "task", "eoq", command.name],
      ...args.filter((arg) => arg !== "--resume" && arg !== "--overwrite"),
      "--resume",
    ]);
    const path = `${folder}/${own.file}`;
    if (ending === "stopped") throw new RunError(`interrupted; ${path} is written, go on with: ${resume}`);
    if (ending !== "ended") {
      const { entries } = pupils[0]!.learner.state();
      throw new UserError(
        `${ending.message}; stopped, ${path} has the ${entries} before; --on-error skip passes it over`,
      );
    }
    const report = await reportOf(pupils, source, {
      command: commandLine(["eoq", command.name, ...args]),
      environment: await describeEnvironment(library),
    });
    const json = JSON.stringify(report, null, 2) + "\n";
    await writeAtomically(`${folder}/results.json`, new TextEncoder().encode(json));
    if (values.json) return console.log(json.trimEnd());
    print(learnText(report, outputWidth(), Deno.stdout.isTerminal()));
    print(`checkpoint: ${path}\nreport: ${folder}/results.json`);
  } finally {
    for (const { learner } of pupils) learner.model.close();
  }
}
