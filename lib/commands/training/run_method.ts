/**
 * One method's run inside a command: resumed if asked, shown while it lasts,
 * and stopped by Ctrl-C.
 *
 * @module
 */

import { type DataIdentity, otherData } from "../../data/identity.ts";
import { RunError, UserError } from "../../errors.ts";
import { note, warn } from "../../cli/warn.ts";
import { type Method, TRAITS } from "../../exec/methods.ts";
import type { Network } from "../../exec/network.ts";
import { ProgressLog, STDERR } from "../../train/log.ts";
import { Progress } from "../../train/progress.ts";
import { makeResult } from "../../report/result.ts";
import type { Result } from "../../report/run.ts";
import { stderrTerminal } from "../../terminal/terminal.ts";
import { type FoundCheckpoint, loadNewest } from "../../train/checkpoint_files.ts";
import type { CheckpointPolicy } from "../../train/checkpoint_writer.ts";
import { budget, type RunConfig } from "../../train/config.ts";
import { fromFile, restoreNetwork } from "../../train/restore.ts";
import { run } from "../../train/run.ts";
import type { TrainingState } from "../../train/state.ts";
import { weightsSha256 } from "../../train/weights_hash.ts";
import { type TraceRecord, TraceWatch } from "../../train/trace.ts";
import type { Group } from "../../native/group.ts";
import { packageDigest } from "../../package/files.ts";
import type { Adoption } from "./adoption.ts";
import { adoptionNotes, trainedNotes } from "./notes.ts";
import { differenceOf } from "./out_folder.ts";
import { requireSame } from "./ranks.ts";
import { explained, makeNetwork, type Setup } from "./setup.ts";
import type { TraceFile } from "./trace_file.ts";

/** How {@linkcode runMethod} goes about it. */
export interface RunMethodOptions {
  /** Trained weights to start from. */
  readonly adoption?: Adoption;
  readonly checkpoints: CheckpointPolicy & { readonly data: DataIdentity };
  /** Whether to go on from the checkpoints, if there are any. */
  readonly resume: boolean;
  readonly quiet: boolean;
  /** Epochs from one test to the next; absent for the test at the end alone. */
  readonly evaluateEvery?: number;
  /** How often to look at a step's integers, where to write what they came to, and whether to warn of bad signs. */
  readonly trace: { readonly every: number; readonly file: TraceFile | undefined; readonly warns: boolean };
  /** Seconds between lines of progress on stderr. */
  readonly log?: number;
  readonly signal: AbortSignal;
  /** The processes that do the run together. */
  readonly group?: Group | undefined;
  /** The command that goes on from the checkpoint. */
  readonly resumeCommand: string;
}

/** Has a network start from trained weights, and says what is to be known of it. */
function begin(network: Network, setup: Setup, config: RunConfig, adoption: Adoption | undefined): void {
  if (adoption !== undefined) {
    const { start: { path, checkpoint: { entries } }, keepsClassifier } = adoption;
    fromFile(path, () => network.adopt(entries, keepsClassifier));
    for (const line of adoptionNotes(adoption, network)) note(line);
  }
  for (const line of trainedNotes(setup, config)) note(line);
}

/**
 * The newest checkpoint of an earlier part of the same run; says so when newer ones are damaged.
 *
 * @throws {UserError} when it is of another run or none can be read.
 */
async function loadOwn(path: string, config: RunConfig, data: DataIdentity): Promise<FoundCheckpoint | undefined> {
  const found = await loadNewest(path);
  if (found === undefined) return undefined;
  const { config: its, data: itsData, learnt } = found.checkpoint;
  const difference = differenceOf(its, config) ?? (itsData && otherData(itsData, data));
  if (difference !== undefined) throw new UserError(`${found.path}: cannot resume: ${difference}`);
  for (const problem of found.passed) {
    warn(`${problem}; going on from ${found.path}, ${found.checkpoint.state.step} steps`);
  }
  if (learnt !== undefined) {
    warn(`${found.path} has learnt ${learnt.images} images since: the run does not end as if it had not`);
  }
  return found;
}

/** @throws {UserError} when a process of the group would not do what the first does. */
async function requireSameRun(
  group: Group,
  { library, dataset: { classNames } }: Setup,
  config: RunConfig,
  data: DataIdentity,
  earlier: FoundCheckpoint | undefined,
): Promise<void> {
  const { data: _folder, ...rest } = config;
  await requireSame(group, {
    sources: await packageDigest(),
    settings: JSON.stringify(rest),
    images: JSON.stringify([data, classNames]),
    checkpoints: JSON.stringify(earlier && [earlier.checkpoint.state, await weightsSha256(earlier.checkpoint.entries)]),
    // Floating-point results depend on the instructions.
    ...TRAITS[config.method].arithmetic === "fp32" && { instructions: library.isa },
  });
}

/**
 * Trains and tests a method.
 *
 * @throws {RunError} when training diverges or is interrupted.
 */
export async function runMethod(setup: Setup, method: Method, options: RunMethodOptions): Promise<Result> {
  const { dataset, plan } = setup, { group } = options;
  const config: RunConfig = { method, ...setup.config };
  const earlier = options.resume
    ? await loadOwn(options.checkpoints.path, config, options.checkpoints.data)
    : undefined;
  if (group !== undefined) await requireSameRun(group, setup, config, options.checkpoints.data, earlier);
  const network = makeNetwork(setup, config, group);
  const terminal = options.quiet ? undefined : stderrTerminal();
  const progress = terminal &&
    new Progress(terminal, { method, images: budget(config), epochImages: dataset.train.count });
  const log = options.log === undefined ? undefined : new ProgressLog(STDERR, options.log, budget(config));
  const watch = new TraceWatch(options.trace.every);
  const onRecord = (record: TraceRecord) => {
    options.trace.file?.write(record);
    if (!options.trace.warns) return;
    for (const line of watch.warnings(record)) {
      progress?.clear();
      warn(line);
    }
  };
  // Where nobody reads the log any more, whoever asked for it is gone: the run is saved and ends.
  const unread = new AbortController();
  const tell = (state: Readonly<TrainingState>) => {
    try {
      log?.update(state);
    } catch {
      unread.abort();
    }
  };
  try {
    if (earlier !== undefined) restoreNetwork(network, earlier.checkpoint, earlier.path);
    else begin(network, setup, config, options.adoption);
    if (options.trace.file !== undefined && network.traceStep === undefined) warn(`--trace: ${method} has no counters`);
    const outcome = await run({
      network,
      dataset,
      config,
      checkpoints: options.checkpoints,
      signal: AbortSignal.any([options.signal, unread.signal]),
      group,
      trace: { every: options.trace.every, onRecord },
      ...(options.evaluateEvery !== undefined && { evaluateEvery: options.evaluateEvery }),
      ...(earlier && {
        state: earlier.checkpoint.state,
        sums: earlier.checkpoint.sums,
        learnt: earlier.checkpoint.learnt,
      }),
      onStep: (state) => {
        progress?.update(state);
        tell(state);
      },
    });
    if (outcome === undefined) {
      throw new RunError(`interrupted; ${options.checkpoints.path} is written, go on with: ${options.resumeCommand}`);
    }
    return makeResult(plan, outcome);
  } catch (error) {
    throw explained(error, setup);
  } finally {
    progress?.clear();
    network.close();
  }
}
