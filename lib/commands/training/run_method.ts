/**
 * One method's run inside a command: resumed if asked, shown while it lasts,
 * and stopped by Ctrl-C.
 *
 * @module
 */

import { type DataIdentity, otherData } from "../../data/identity.ts";
import { messageOf, RunError, UserError } from "../../errors.ts";
import { note, warn } from "../../cli/warn.ts";
import type { Method } from "../../exec/methods.ts";
import type { Network } from "../../exec/network.ts";
import { ProgressLog, STDERR } from "../../train/log.ts";
import { Progress } from "../../train/progress.ts";
import { makeResult } from "../../report/result.ts";
import type { Result } from "../../report/run.ts";
import { stderrTerminal } from "../../terminal/terminal.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import { type FoundCheckpoint, loadNewest } from "../../train/checkpoint_files.ts";
import type { CheckpointPolicy } from "../../train/checkpoint_writer.ts";
import { budget, type RunConfig } from "../../train/config.ts";
import { run } from "../../train/run.ts";
import type { TrainingState } from "../../train/state.ts";
import { type TraceRecord, TraceWatch } from "../../train/trace.ts";
import type { Adoption } from "./adoption.ts";
import { adoptionNotes, trainedNotes } from "./notes.ts";
import { differenceOf } from "./out_folder.ts";
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
  /** How often to look at a step's integers, and where to write what they came to. */
  readonly trace: { readonly every: number; readonly file: TraceFile | undefined };
  /** Seconds between lines of progress on stderr. */
  readonly log?: number;
  readonly signal: AbortSignal;
  /** The command that goes on from the checkpoint. */
  readonly resumeCommand: string;
}

/** Puts a checkpoint's tensors into a network. @throws {UserError} when they do not fit it. */
export function restoreNetwork(network: Network, checkpoint: Checkpoint, path: string): void {
  fromFile(path, () => network.restore(checkpoint.entries));
}

/** Runs what reads a checkpoint's tensors. @throws {UserError} naming the file when they do not fit. */
function fromFile(path: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    // The kernels refuse values that no tensor of theirs can have; memory is there already.
    const ofFile = error instanceof RangeError || error instanceof RunError;
    throw ofFile ? new UserError(`${path}: ${messageOf(error)}`) : error;
  }
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
  const { config: its, data: itsData } = found.checkpoint;
  const difference = differenceOf(its, config) ?? (itsData && otherData(itsData, data));
  if (difference !== undefined) throw new UserError(`${found.path}: cannot resume: ${difference}`);
  for (const problem of found.passed) {
    warn(`${problem}; going on from ${found.path}, ${found.checkpoint.state.step} steps`);
  }
  return found;
}

/**
 * Trains and tests a method.
 *
 * @throws {RunError} when training diverges or is interrupted.
 */
export async function runMethod(setup: Setup, method: Method, options: RunMethodOptions): Promise<Result> {
  const { dataset, plan } = setup;
  const config: RunConfig = { method, ...setup.config };
  const earlier = options.resume
    ? await loadOwn(options.checkpoints.path, config, options.checkpoints.data)
    : undefined;
  const network = makeNetwork(setup, config);
  const terminal = options.quiet ? undefined : stderrTerminal();
  const progress = terminal &&
    new Progress(terminal, { method, images: budget(config), epochImages: dataset.train.count });
  const log = options.log === undefined ? undefined : new ProgressLog(STDERR, options.log, budget(config));
  const watch = new TraceWatch(options.trace.every);
  const onRecord = (record: TraceRecord) => {
    options.trace.file?.write(record);
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
      trace: { every: options.trace.every, onRecord },
      ...(options.evaluateEvery !== undefined && { evaluateEvery: options.evaluateEvery }),
      ...(earlier && { state: earlier.checkpoint.state, sums: earlier.checkpoint.sums }),
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
