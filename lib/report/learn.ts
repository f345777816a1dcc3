/**
 * The JSON that `eoq learn` writes, version 1.
 *
 * @module
 */

import { z } from "zod";
import { METHODS } from "../exec/methods.ts";
import { type ByteCounts, FULL_RATE } from "../exec/network.ts";
import type { Trained } from "../plan/trained.ts";
import { type RunConfig, trainedSchema } from "../train/config.ts";
import {
  type CurvePoint,
  curvePointSchema,
  type OnlineState,
  type RunningAccuracy,
  type Skipped,
  skippedSchema,
  STATISTICS,
  type Statistics,
  type StreamDescription,
  streamSchema,
} from "../train/online_state.ts";
import { type Environment, environmentSchema, type Result, resultSchema } from "./run.ts";

/** What one network came to along a stream. */
export interface LearnResult extends RunningAccuracy, Pick<Result, "method" | "model" | "bytes" | "weightsSha256"> {
  /** The dataset of the run that it comes from. */
  readonly dataset: string;
  /** Images a step. */
  readonly batch: number;
  /** What batch norm normalises with while it learns; null where there is none. */
  readonly statistics: Statistics | null;
  /** Layers that learnt. */
  readonly train: Trained;
  /** Factor on the method's own learning rate. */
  readonly learningRate: number;
  /** Digest of the weights that it began with. */
  readonly from: string;
  /** Images predicted, then learnt from. */
  readonly images: number;
  /** Images per second in the network, prediction and step together; reading is not in it. Null of no image. */
  readonly imagesPerSecond: number | null;
  /** Whether its loss became no number at the image behind its last, and it learnt no more. */
  readonly diverged: boolean;
  /** How its accuracy went. */
  readonly curve: readonly CurvePoint[];
}

/** What `eoq learn` measured. */
export interface LearnReport {
  /** Version of this format. */
  readonly schemaVersion: 1;
  /** The command line, from `eoq` on. */
  readonly command: string;
  readonly environment: Environment;
  readonly stream: StreamDescription;
  readonly skipped: Skipped;
  /** The networks, that of the checkpoint first. */
  readonly learners: readonly LearnResult[];
}

const { bytes, weightsSha256 } = resultSchema.shape;
const { accuracy, last100, last1000 } = curvePointSchema.shape;

const learnResultSchema = z.strictObject({
  method: z.enum(METHODS),
  model: z.string(),
  dataset: z.string(),
  batch: z.int().positive(),
  statistics: z.enum(STATISTICS).nullable(),
  train: trainedSchema,
  learningRate: z.number().positive(),
  from: weightsSha256,
  images: z.int().nonnegative(),
  ...{ accuracy, last100, last1000 },
  imagesPerSecond: z.number().positive().nullable(),
  diverged: z.boolean(),
  bytes,
  weightsSha256,
  curve: z.array(curvePointSchema),
}) satisfies z.ZodType<LearnResult>;

/** Schema of {@linkcode LearnReport}. */
export const learnReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  command: z.string(),
  environment: environmentSchema,
  stream: streamSchema,
  skipped: skippedSchema,
  learners: z.array(learnResultSchema).min(1),
}) satisfies z.ZodType<LearnReport>;

/** What {@linkcode learnResult} needs. */
export interface LearnOutcome {
  readonly config: RunConfig;
  readonly bytes: ByteCounts;
  /** Where it stands. */
  readonly online: OnlineState;
  readonly curve: readonly CurvePoint[];
  readonly accuracy: RunningAccuracy;
  readonly hasStatistics: boolean;
  readonly diverged: boolean;
  readonly weightsSha256: string;
}

/** The record of a network that has come to the end of its stream. */
export function learnResult(outcome: LearnOutcome): LearnResult {
  const { config, bytes, online, curve, accuracy, hasStatistics, diverged, weightsSha256 } = outcome;
  const { images } = online.outcomes, { batch, statistics, train, rate, from } = online.config;
  return {
    method: config.method,
    model: config.model,
    dataset: config.dataset,
    batch,
    statistics: hasStatistics ? statistics : null,
    train,
    learningRate: rate / FULL_RATE,
    from,
    images,
    ...accuracy,
    imagesPerSecond: images === 0 ? null : images / online.seconds,
    diverged,
    bytes,
    weightsSha256,
    curve,
  };
}

/** The name of a learner beside others of its report. */
export function learnerName(
  { method, batch, statistics, train }: Pick<LearnResult, "method" | "batch" | "statistics" | "train">,
): string {
  return [
    ...[method, `batch ${batch}`],
    ...statistics === "running" ? ["running"] : [],
    ...train === "all" ? [] : [train],
  ].join(", ");
}

/** The order of a stream in words. */
export function orderText({ order, seed }: StreamDescription): string {
  return order === "seeded" ? `order of seed ${seed}` : "order as listed";
}

/** A stream in words, but for its order. */
export function streamText({ source, split, only, change }: StreamDescription): string {
  const what = source === "lines" ? "standard input" : source === "folder" ? "a folder" : `${source} ${split}`;
  const classes = only === null ? "" : `, classes ${only.join(" ")}`;
  if (change === null) return what + classes;
  const { rotate, shift: [down, right], from } = change;
  const how = [
    ...rotate === 0 ? [] : [`turned by ${rotate} degrees`],
    ...down === 0 && right === 0 ? [] : [`moved by ${down},${right} pixels`],
  ].join(" and ");
  return `${what}${classes}, ${how}${from === 0 ? "" : ` from image ${from} on`}`;
}
