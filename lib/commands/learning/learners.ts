/**
 * The networks that a command line lets learn, each with its checkpoints.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { type Method, TRAITS } from "../../exec/methods.ts";
import { FULL_RATE } from "../../exec/network.ts";
import type { Library } from "../../native/library.ts";
import { Learner } from "../../online/learner.ts";
import { LearnerWriter } from "../../online/save.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import { loadNewest } from "../../train/checkpoint_files.ts";
import { budget, type RunConfig } from "../../train/config.ts";
import { scaled } from "../../train/loop.ts";
import type { OnlineConfig, Statistics, StreamDescription } from "../../train/online_state.ts";
import { rateAt } from "../../train/schedule.ts";
import { weightsSha256 } from "../../train/weights_hash.ts";
import { type Invocation } from "../../cli/command.ts";
import { only } from "../../cli/options.ts";
import { warn } from "../../cli/warn.ts";
import { differenceOf } from "../training/out_folder.ts";
import { restoreNetwork } from "../training/run_method.ts";
import { makeNetwork } from "../training/setup.ts";

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
  readonly learner: Learner;
  readonly writer: LearnerWriter;
}

/** A batch at which statistics of the batch say something: that of eoq train. */
const ENOUGH_FOR_STATISTICS = 32;

/** Keys in which a run and its baseline must agree; what else tunes a method is its own. */
const SHARED = ["model", "dataset", "imageSize", "trainImages", "validationImages", "input"] as const;

/** @throws {UserError} naming in what a baseline is no baseline of a run. */
export function requireComparable(base: Base, baseline: Base, method: Method): void {
  const [its, ours] = [baseline.checkpoint.config, base.checkpoint.config];
  if (its.method !== method) throw new UserError(`--compare-from: ${baseline.path} is of ${its.method}, not ${method}`);
  const shared = (config: RunConfig) => ({
    ...Object.fromEntries(SHARED.map((key) => [key, config[key]])),
    images: budget(config),
  });
  const difference = differenceOf(shared(its), shared(ours));
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

/** The rate of all steps: that which is asked for, or the last that the network learnt with. */
function rateOf({ config, state, online }: Checkpoint, factor: number | undefined): number {
  if (factor !== undefined) return scaled(FULL_RATE, factor);
  if (online !== undefined) return online.config.rate;
  return scaled(rateAt(config.schedule, Math.max(0, state.images - 1), budget(config)), config.learningRate);
}

/** What {@linkcode openPupil} needs beside its variant. */
export interface Lessons {
  readonly library: Library;
  readonly plan: Plan;
  readonly stream: StreamDescription;
  readonly learningRate: number | undefined;
  readonly folder: string;
  readonly invocation: Invocation;
}

/** Makes a network stand where its checkpoint, or an earlier part of the same stream, left it. */
export async function openPupil({ base, batch, statistics, file }: Variant, lessons: Lessons): Promise<Pupil> {
  const { values } = lessons.invocation, { checkpoint } = base;
  const path = `${lessons.folder}/${file}`;
  const found = values.resume ? await loadNewest(path) : undefined;
  const config: OnlineConfig = {
    stream: lessons.stream,
    batch,
    rate: rateOf(checkpoint, lessons.learningRate),
    statistics,
    from: await weightsSha256(checkpoint.entries),
  };
  if (found !== undefined) {
    const its = found.checkpoint.online?.config;
    const difference = its === undefined ? "it is of no stream" : differenceOf(its, config);
    if (difference !== undefined) throw new UserError(`${found.path}: cannot resume: ${difference}`);
    for (const problem of found.passed) {
      warn(`${problem}; going on from ${found.path}, ${found.checkpoint.online!.entries} images`);
    }
  }
  const network = makeNetwork(lessons, { ...checkpoint.config, batch }, {
    runningStatistics: statistics === "running",
  });
  try {
    restoreNetwork(network, found?.checkpoint ?? checkpoint, found?.path ?? base.path);
    const learner = new Learner({
      network,
      config,
      step: checkpoint.online?.step ?? checkpoint.state.step,
      smoothing: checkpoint.config.smoothing,
      state: found?.checkpoint.online,
    });
    const saving = { path, keep: values.keep, every: values["checkpoint-every"], base: checkpoint };
    return { base, learner, writer: new LearnerWriter(learner, saving, found !== undefined) };
  } catch (error) {
    network.close();
    throw error;
  }
}
