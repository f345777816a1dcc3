/**
 * The JSON that every command writes, version 1.
 *
 * @module
 */

import { z } from "zod";
import { runConfigSchema } from "../train/config.ts";
import { epochRecordSchema } from "../train/state.ts";

const count = z.int().nonnegative();
const rate = z.number().positive();
const fraction = z.number().min(0).max(1);

/** Schema of {@linkcode Environment}. */
export const environmentSchema = z.strictObject({
  cpu: z.string(),
  /** Logical cores. */
  cores: z.int().positive(),
  arch: z.string(),
  os: z.string(),
  isa: z.strictObject({ path: z.string(), reason: z.enum(["argument", "environment", "detection"]) }),
  threads: z.int().positive(),
  /** First line of the compiler's `--version`; null for a prebuilt library. */
  compiler: z.string().nullable(),
  versions: z.strictObject({ eoq: z.string(), deno: z.string(), v8: z.string() }),
  /** Commit of the checkout that eoq runs from; null when it is none. */
  gitCommit: z.string().nullable(),
});

/** The machine and the software that made a result. */
export type Environment = z.infer<typeof environmentSchema>;

/** Schema of {@linkcode Result}. */
export const resultSchema = z.strictObject({
  ...runConfigSchema.pick({ method: true, model: true, dataset: true, batch: true, seed: true }).shape,
  /** Images trained on, over all epochs. */
  images: count,
  testAccuracy: fraction,
  /** Images a second in training steps; reading and evaluation are not in it. */
  trainImagesPerSecond: rate,
  inferenceImagesPerSecond: rate,
  /** Operations of one training image: forward, backward and its share of the update. */
  operations: z.strictObject({
    macs: z.number().nonnegative(),
    adds: z.number().nonnegative(),
    multiplies: z.number().nonnegative(),
    divisions: z.number().nonnegative(),
    squareRoots: z.number().nonnegative(),
  }),
  /** Bytes that a training step holds. */
  bytes: z.strictObject({ parameters: count, activations: count, optimizer: count }),
  weightsSha256: z.string().regex(/^[0-9a-f]{64}$/),
  history: z.array(epochRecordSchema),
});

/** What one run came to. */
export type Result = z.infer<typeof resultSchema>;

/** Schema of {@linkcode Report}. */
export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The command line, from `eoq` on. */
  command: z.string(),
  environment: environmentSchema,
  /** What the runs of the report have in common. */
  config: z.strictObject({ ...runConfigSchema.shape, method: z.array(runConfigSchema.shape.method).min(1) }),
  results: z.array(resultSchema).min(1),
});

/** What a command measured. */
export type Report = z.infer<typeof reportSchema>;
