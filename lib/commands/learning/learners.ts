/**
 * The networks that a command line lets learn, each with its checkpoints.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { type Method, TRAITS } from "../../exec/methods.ts";
import type { Library } from "../../native/library.ts";
import { Model } from "../../model/model.ts";
import { Learner } from "../../online/learner.ts";
import { LearnerWriter } from "../../online/save.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import { type FoundCheckpoint, loadNewest } from "../../train/checkpoint_files.ts";
import { budget } from "../../train/config.ts";
import type { OnlineConfig, Statistics, StreamDescription } from "../../train/online_state.ts";
import { weightsSha256 } from "../../train/weights_hash.ts";
import type { Invocation } from "../../cli/command.ts";
import { only } from "../../cli/options.ts";
import { warn } from "../../cli/warn.ts";
import { differenceOf } from "../training/out_folder.ts";

/** A checkpoint that a network begins with. */
export interface Base {
  readonly path: string;
  readonly checkpoint: Checkpoint;
}

/** How a network learns. */
export interface Variant {
  readonly base: Base;
  readonly batch: number;
  readonly statistics: Statistics;
  /** File that keeps it in the output folder. */
  readonly file: string;
}

/** A network on its way. */
export interface Pupil {
  readonly base: Base;
  readonly learner: Learner<Model>;
  readonly writer: LearnerWriter;
}

/** A batch at which statistics of the batch say something: that of eoq train. */
const ENOUGH_FOR_STATISTICS = 32;

/** Keys of configurations in which a run and its baseline must agree; what else tunes a method is its own. */
const SHARED = ["model", "dataset", "imageSize", "trainImages", "validationImages", "input"] as const;

/** @throws {UserError} naming in what a baseline is no baseline of a run. */
export function requireComparable(base: Base, baseline: Base, method: Method): void {
  const its = baseline.checkpoint.config;
  if (its.method !== method) throw new UserError(`--compare-from: ${baseline.path} is of ${its.method}, not ${method}`);
  const shared = ({ checkpoint: { config, learnt } }: Base) => ({
    ...Object.fromEntries(SHARED.map((key) => [key, config[key]])),
    images: budget(config),
    learnt: learnt?.images ?? 0,
  });
  const difference = differenceOf(shared(baseline), shared(base));
  if (difference !== undefined) throw new UserError(`--compare-from: ${baseline.path} is no baseline: ${difference}`);
}

/** Whether a method can learn with statistics that stay. */
function canKeepStatistics(method: Method): boolean {
  return TRAITS[method].norm === "batch" && TRAITS[method].arithmetic === "fp32";
}

/** The learner of the checkpoint. @throws {UserError} where its method has no statistics. */
export function ownVariant(base: Base, { values, given }: Invocation): Variant {
  const { method } = base.checkpoint.config, { statistics } = values;
  if (given.has("statistics") && !canKeepStatistics(method)) {
    throw new UserError(`--statistics: ${method} has no statistics to keep`);
  }
  return { base, batch: only("--batch", values.batch), statistics, file: `${method}.checkpoint` };
}

/**
 * The baseline as it may do best: with batch norm of the same batch, of statistics that stay, and of a batch that
 * has statistics worth the name.
 */
export function baselineVariants(base: Base, own: Variant): Variant[] {
  const { config: { method } } = base.checkpoint, { batch } = own;
  const prefix = own.base.checkpoint.config.method === method ? `baseline-${method}` : method;
  const variant = (batch: number, statistics: Statistics, suffix: string): Variant => ({
    ...{ base, batch, statistics },
    file: `${prefix}${suffix}.checkpoint`,
  });
  return [
    variant(batch, "batch", ""),
    ...canKeepStatistics(method) ? [variant(batch, "running", "-running")] : [],
    ...TRAITS[method].norm === "batch" && batch < ENOUGH_FOR_STATISTICS
      ? [variant(ENOUGH_FOR_STATISTICS, "batch", `-batch-${ENOUGH_FOR_STATISTICS}`)]
      : [],
  ];
}

/** What {@linkcode openPupil} needs beside its variant. */
export interface Lessons {
  readonly library: Library;
  readonly stream: StreamDescription;
  readonly learningRate: number | undefined;
  readonly folder: string;
  readonly makeRoom: () => Promise<void>;
  readonly invocation: Invocation;
}

/** @throws {UserError} where a checkpoint is of another stream, or learnt otherwise. */
function requireOwn({ path, checkpoint, passed }: FoundCheckpoint, config: OnlineConfig): void {
  const its = checkpoint.online;
  const flat = ({ stream, ...rest }: OnlineConfig) => ({ ...stream, ...rest });
  const difference = its === undefined ? "it is of no stream" : differenceOf(flat(its.config), flat(config));
  if (difference !== undefined) throw new UserError(`${path}: cannot resume: ${difference}`);
  for (const problem of passed) warn(`${problem}; going on from ${path}, ${its!.entries} images`);
}

/** Makes a network stand where its checkpoint, or an earlier part of the same stream, left it. */
export async function openPupil({ base, batch, statistics, file }: Variant, lessons: Lessons): Promise<Pupil> {
  const { library, stream, learningRate, makeRoom, invocation: { values } } = lessons;
  const path = `${lessons.folder}/${file}`;
  const found = values.resume ? await loadNewest(path) : undefined;
  const from = found ?? base;
  const model = Model.of(library, from.checkpoint, from.path, {
    batch,
    runningStatistics: statistics === "running",
    ...(learningRate !== undefined && { learningRate }),
    ...(values.train !== undefined && { train: values.train }),
  });
  try {
    const weights = await weightsSha256(base.checkpoint.entries);
    const config: OnlineConfig = {
      stream,
      batch,
      rate: model.rate,
      statistics,
      train: model.config.train ?? "all",
      from: weights,
    };
    if (found !== undefined) requireOwn(found, config);
    const learner = new Learner({ model, config, state: found?.checkpoint.online });
    const saving = { path, keep: values.keep, every: values["checkpoint-every"], makeRoom };
    return { base, learner, writer: new LearnerWriter(learner, saving, found !== undefined) };
  } catch (error) {
    model.close();
    throw error;
  }
}
