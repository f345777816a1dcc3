/**
 * The JSON that every command writes, version 1.
 *
 * @module
 */

import { z } from "zod";
import type { OperationCounts } from "../count/operations.ts";
import type { ByteCounts } from "../exec/network.ts";
import type { Method } from "../exec/methods.ts";
import type { IsaReason } from "../native/library.ts";
import { type RunConfig, runConfigSchema, seedsSchema } from "../train/config.ts";
import type { AveragedOutcome } from "../train/averaged.ts";
import type { StepMessages } from "../train/messages.ts";
import { type Accuracies, ACCURACY_KEYS } from "../train/measured.ts";
import { type EpochRecord, epochRecordSchema } from "../train/state.ts";

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const rate = z.number().positive();

/** The machine and the software that made a result. */
export interface Environment {
  /** Model name of the CPU. */
  readonly cpu: string;
  /** Logical cores. */
  readonly cores: number;
  /** As `x86_64`. */
  readonly arch: string;
  /** Operating system with its release. */
  readonly os: string;
  /** Instruction-set path, and what selected it. */
  readonly isa: { readonly path: string; readonly reason: IsaReason };
  /** Threads that a kernel uses. */
  readonly threads: number;
  /** Processes that shared every batch; absent where one trained alone. */
  readonly ranks?: number | undefined;
  /** First line of the compiler's `--version`; null for a prebuilt library. */
  readonly compiler: string | null;
  /** Versions of the software. */
  readonly versions: { readonly eoq: string; readonly deno: string; readonly v8: string };
  /** Commit of the checkout that eoq runs from; null when it is none. */
  readonly gitCommit: string | null;
}

/** Schema of {@linkcode Environment}. */
export const environmentSchema = z.strictObject({
  cpu: z.string(),
  cores: z.int().positive(),
  arch: z.string(),
  os: z.string(),
  isa: z.strictObject({ path: z.string(), reason: z.enum(["argument", "environment", "detection"]) }),
  threads: z.int().positive(),
  ranks: z.int().positive().optional(),
  compiler: z.string().nullable(),
  versions: z.strictObject({ eoq: z.string(), deno: z.string(), v8: z.string() }),
  gitCommit: z.string().nullable(),
}) satisfies z.ZodType<Environment>;

/** The accuracy of images with Gaussian noise on them. */
export interface NoisyAccuracy {
  /** The noise's standard deviation in steps of a byte. */
  readonly sigma: number;
  /** A fraction. */
  readonly accuracy: number;
}

/** What one run came to. */
export interface Result extends Pick<RunConfig, "method" | "model" | "dataset" | "batch" | "seed">, Accuracies {
  /** Images trained on, over all epochs. */
  readonly images: number;
  /** Accuracies of the same images with noise on them; only `eoq eval` measures them. */
  readonly noise?: readonly NoisyAccuracy[] | undefined;
  /** Images per second in training steps; reading and evaluation are not in it. */
  readonly trainImagesPerSecond: number;
  /** Images per second in evaluation. */
  readonly inferenceImagesPerSecond: number;
  /** Operations of one training image: forward, backward and its share of the update; null where they are not counted. */
  readonly operations: OperationCounts | null;
  /** Joules of all its operations by a cost model, memory aside; reports of earlier versions have none. */
  readonly energy?: { readonly model: string; readonly joules: number } | undefined;
  /** Bytes that a training step holds. */
  readonly bytes: ByteCounts;
  /** Digest of the trained weights. */
  readonly weightsSha256: string;
  /** What processes that shared every batch sent in a step; absent where one trained alone. */
  readonly messages?: StepMessages | undefined;
  /** What the averaged weights came to, measured on the same images; absent where none are averaged. */
  readonly averaged?: AveragedOutcome | undefined;
  /** The epochs, in order. */
  readonly history: readonly EpochRecord[];
}

/** Schema of {@linkcode OperationCounts}. */
export const operationsSchema = z.strictObject({
  macs: z.number().nonnegative(),
  adds: z.number().nonnegative(),
  multiplies: z.number().nonnegative(),
  divisions: z.number().nonnegative(),
  squareRoots: z.number().nonnegative(),
}) satisfies z.ZodType<OperationCounts>;

/** Schema of {@linkcode Result}. */
export const resultSchema = z.strictObject({
  ...runConfigSchema.pick({ method: true, model: true, dataset: true, batch: true, seed: true }).shape,
  images: count,
  ...ACCURACY_KEYS,
  noise: z.array(z.strictObject({ sigma: z.number().nonnegative(), accuracy: z.number().min(0).max(1) })).readonly()
    .optional(),
  trainImagesPerSecond: rate,
  inferenceImagesPerSecond: rate,
  operations: operationsSchema.nullable(),
  energy: z.strictObject({ model: z.string(), joules: z.number().nonnegative() }).optional(),
  bytes: z.strictObject({ parameters: count, activations: count, optimizer: count }),
  weightsSha256: sha256,
  messages: z.strictObject({ maxima: z.number(), sums: z.number(), bytes: z.number() }).optional(),
  averaged: z.strictObject({
    samples: z.int().positive(),
    accuracy: z.number().min(0).max(1),
    weightsSha256: sha256,
  }).optional(),
  history: z.array(epochRecordSchema),
}).refine(
  ({ testAccuracy, validationAccuracy }) => (testAccuracy === undefined) !== (validationAccuracy === undefined),
  {
    path: ["testAccuracy"],
    message: "must be there, or validationAccuracy in its place",
  },
) satisfies z.ZodType<Result>;

/** What a command measured. */
export interface Report {
  /** Version of this format. */
  readonly schemaVersion: 1;
  /** The command line, from `eoq` on. */
  readonly command: string;
  /** What measured it. */
  readonly environment: Environment;
  /** What the runs of the report have in common. */
  readonly config: Omit<RunConfig, "method"> & {
    readonly method: readonly Method[];
    /** Seeds that every method trained with, the first of them `seed`; absent where that is the only one. */
    readonly seeds?: number[] | undefined;
  };
  /** The runs, at least one. */
  readonly results: readonly Result[];
}

/** Schema of {@linkcode Report}. */
export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  command: z.string(),
  environment: environmentSchema,
  config: z.strictObject({
    ...runConfigSchema.shape,
    method: z.array(runConfigSchema.shape.method).min(1),
    seeds: seedsSchema.optional(),
  }),
  results: z.array(resultSchema).min(1),
}) satisfies z.ZodType<Report>;

/** The report in JSON that eoq wrote. @throws {Error} naming what is not as it should be. */
export function parseReport(json: unknown): Report {
  return reportSchema.parse(json);
}
