/**
 * What a network has learnt online since its run: a checkpoint of `eoq learn`
 * keeps it beside the tensors.
 *
 * @module
 */

import { z } from "zod";
import { DATASETS } from "../data/datasets.ts";
import type { Trained } from "../plan/trained.ts";
import { trainedSchema } from "./config.ts";

const count = z.int().nonnegative();
const fraction = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Where images can come from: datasets by name, class folders, or lines of standard input. */
export const STREAM_SOURCES = [...DATASETS, "lines"] as const;

/** The parts of a dataset that can be a stream. */
export const STREAM_SPLITS = ["test", "train"] as const;

/** The orders of a stream: that of the files or images, or one that a seed fixes. */
export const STREAM_ORDERS = ["seeded", "listed"] as const;

/** Quarter turns, in degrees clockwise. */
export const TURNS = [0, 90, 180, 270] as const;

/** How the images of a stream are changed, to see whether a network recovers. */
export interface StreamChange {
  /** Degrees clockwise. */
  readonly rotate: typeof TURNS[number];
  /** Rows down and columns to the right; negative up and to the left. What comes in is zero to the network. */
  readonly shift: readonly [rows: number, columns: number];
  /** Images before the first that is changed. */
  readonly from: number;
}

/** What tells one stream of images from another. */
export interface StreamDescription {
  readonly source: typeof STREAM_SOURCES[number];
  /** Of a dataset. */
  readonly split: typeof STREAM_SPLITS[number] | null;
  readonly order: typeof STREAM_ORDERS[number];
  /** Of the seeded order. */
  readonly seed: number | null;
  /** The classes whose images it has; null for all. */
  readonly only: readonly string[] | null;
  /** Null where images stay as they are. */
  readonly change: StreamChange | null;
}

/** Schema of {@linkcode StreamDescription}. */
export const streamSchema = z.strictObject({
  source: z.enum(STREAM_SOURCES),
  split: z.enum(STREAM_SPLITS).nullable(),
  order: z.enum(STREAM_ORDERS),
  seed: count.nullable(),
  only: z.array(z.string()).nullable(),
  change: z.strictObject({
    rotate: z.literal(TURNS),
    shift: z.tuple([z.int(), z.int()]),
    from: count,
  }).nullable(),
}) satisfies z.ZodType<StreamDescription>;

/** Accuracies of predictions that were made before their image was learnt from: fractions. */
export interface RunningAccuracy {
  /** Over all images of the stream. */
  readonly accuracy: number;
  /** Over the last 100 images, or those that there were. */
  readonly last100: number;
  /** Over the last 1,000. */
  readonly last1000: number;
}

/** How a network did up to some image of the stream. */
export interface CurvePoint extends RunningAccuracy {
  readonly images: number;
}

/** Schema of {@linkcode CurvePoint}. */
export const curvePointSchema = z.strictObject({
  images: z.int().positive(),
  accuracy: fraction,
  last100: fraction,
  last1000: fraction,
}) satisfies z.ZodType<CurvePoint>;

/** Outcomes of the last predictions that are kept one by one. */
export const WINDOW = 1000;

/** Where a prequential record stands. */
export interface PrequentialState {
  /** Images predicted. */
  readonly images: number;
  /** Those of them whose class was found. */
  readonly correct: number;
  /** The outcomes of the last {@linkcode WINDOW}, the oldest first: 1 for a class that was found, else 0. */
  readonly recent: string;
  /** Images from one point of the curve to the next. */
  readonly every: number;
  readonly curve: readonly CurvePoint[];
}

const prequentialSchema = z.strictObject({
  images: count,
  correct: count,
  recent: z.string().regex(/^[01]*$/).max(WINDOW),
  every: z.int().positive(),
  curve: z.array(curvePointSchema),
}).refine(
  ({ images, correct, recent, curve }) =>
    correct <= images && recent.length === Math.min(images, WINDOW) && (curve.at(-1)?.images ?? 0) <= images,
  {
    message: "counts that do not go together",
  },
) satisfies z.ZodType<PrequentialState>;

/** Statistics that batch norm normalises with while it learns: those of the batch, or the running ones, which stay. */
export const STATISTICS = ["batch", "running"] as const;

/** Name of one of the {@linkcode STATISTICS}. */
export type Statistics = typeof STATISTICS[number];

/** What fixes how a network learns from a stream. */
export interface OnlineConfig {
  readonly stream: StreamDescription;
  /** Images a step. */
  readonly batch: number;
  /** Learning rate of every step, see `Position.rate`. */
  readonly rate: number;
  readonly statistics: Statistics;
  /** Layers that learn. */
  readonly train: Trained;
  /** SHA-256 of the weights that it began with. */
  readonly from: string;
}

/** Entries of a stream that no network learnt from. */
export interface Skipped {
  /** Images that could not be read. */
  readonly broken: number;
  /** Images of classes that the network does not know. */
  readonly unknown: number;
}

/** Schema of {@linkcode Skipped}. */
export const skippedSchema = z.strictObject({ broken: count, unknown: count }) satisfies z.ZodType<Skipped>;

/** Where a network stands in a stream. */
export interface OnlineState {
  readonly config: OnlineConfig;
  /** Entries of the stream that were taken, skipped ones among them. */
  readonly entries: number;
  /** SHA-256 that tells these entries from others. */
  readonly digest: string;
  readonly skipped: Skipped;
  /** Seconds in the network. */
  readonly seconds: number;
  readonly outcomes: PrequentialState;
}

/** Schema of {@linkcode OnlineState}. */
export const onlineStateSchema = z.strictObject({
  config: z.strictObject({
    stream: streamSchema,
    batch: z.int().positive(),
    rate: z.int().positive(),
    statistics: z.enum(STATISTICS),
    train: trainedSchema,
    from: sha256,
  }),
  entries: count,
  digest: sha256,
  skipped: skippedSchema,
  seconds: z.number().nonnegative(),
  outcomes: prequentialSchema,
}).refine(({ entries, skipped, outcomes }) => entries === skipped.broken + skipped.unknown + outcomes.images, {
  message: "entries that do not add up",
}) satisfies z.ZodType<OnlineState>;
