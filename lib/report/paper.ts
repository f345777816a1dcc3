/**
 * The JSON of eoq paper, version 1.
 *
 * @module
 */

import { z } from "zod";
import { estimateShape, rowSchema } from "./bench.ts";
import { PROBE_NORMS } from "../exec/fp32/probe.ts";
import { METHODS } from "../exec/methods.ts";
import { pricedCostSchema } from "./ops.ts";
import { environmentSchema, operationsSchema, reportSchema } from "./run.ts";
import { EXPERIMENTS, SCALES } from "./scale.ts";

/** Schema of {@linkcode TrainingResult}: the report that `eoq train` wrote. */
export const trainingResultSchema = reportSchema;

/** What a training cell came to. */
export type TrainingResult = z.infer<typeof trainingResultSchema>;

/** Schema of {@linkcode IsometryResult}. */
export const isometryResultSchema = z.strictObject({
  norm: z.enum(PROBE_NORMS),
  model: z.string(),
  /** Seeds of the initial weights; probes of each; images of random bytes that the blocks see. */
  seeds: z.array(z.int()).min(1),
  probes: z.int().positive(),
  batch: z.int().positive(),
  blocks: z.array(z.strictObject({
    block: z.string(),
    /** phi(J J^T): mean, and its standard deviation over all probes. */
    phi: z.number().nonnegative(),
    spread: z.number().nonnegative(),
    /** Standard error of the mean over the seeds; null with one seed. */
    standardError: z.number().nonnegative().nullable(),
    /** What theory expects. */
    expected: z.number().nonnegative(),
    /** Power of the gradient in front of the block, in that of a random gradient behind the last block. */
    gradient: z.number().nonnegative(),
  })),
  environment: environmentSchema,
});

/** What an isometry cell came to. */
export type IsometryResult = z.infer<typeof isometryResultSchema>;

/** Schema of {@linkcode CostResult}. */
export const costResultSchema = z.strictObject({
  model: z.string(),
  batch: z.int().positive(),
  /** Seconds that each method was sampled for. */
  seconds: z.number().nonnegative(),
  steps: z.array(z.strictObject({
    method: z.enum(METHODS),
    row: rowSchema,
    /** How many times the rate of bn-fp32: median over rounds of neighbouring samples. */
    speedup: z.number().positive(),
    speedupInterval: estimateShape.interval,
  })),
  /** What a batch of inference costs by cost model; results of earlier versions have none. */
  inference: z.array(z.strictObject({ method: z.enum(METHODS), costs: z.array(pricedCostSchema) })).optional(),
  /** Operations of one training image by method. */
  operations: z.array(z.strictObject({ method: z.enum(METHODS), ...operationsSchema.shape })),
  environment: environmentSchema,
});

/** What a cost cell came to. */
export type CostResult = z.infer<typeof costResultSchema>;

/** A number of ours beside the published one. */
const comparisonSchema = z.strictObject({
  what: z.string(),
  unit: z.string(),
  published: z.number().nullable(),
  /** Where it is published; null when we know of no place. */
  source: z.string().nullable(),
  /** Mean over seeds; null when there is none yet. */
  ours: z.number().nullable(),
  /** Sample standard deviation; null below two values. */
  deviation: z.number().nullable(),
  n: z.int().nonnegative(),
});

/** A number of ours beside the published one. */
export type Comparison = z.infer<typeof comparisonSchema>;

const cellResultSchema = z.union([trainingResultSchema, isometryResultSchema, costResultSchema]);

/** What a cell of any experiment came to. */
export type CellResult = z.infer<typeof cellResultSchema>;

/** Schema of {@linkcode PaperReport}. */
export const paperReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  experiment: z.enum(EXPERIMENTS),
  scale: z.enum(SCALES),
  /** The budget in words. */
  budget: z.string(),
  /** The command line, from `eoq` on. */
  command: z.string(),
  /** When this file was written, ISO 8601. */
  date: z.iso.datetime(),
  /** Of this run; cells that were done before have the one they ran in. */
  environment: environmentSchema,
  complete: z.boolean(),
  comparisons: z.array(comparisonSchema),
  cells: z.array(z.strictObject({
    name: z.string(),
    command: z.string(),
    status: z.enum(["finished", "failed", "crashed", "pending"]),
    /** Why it failed or crashed. */
    message: z.string().nullable(),
    /** When it was finished, ISO 8601. */
    date: z.iso.datetime().nullable(),
    result: cellResultSchema.nullable(),
  })),
});

/** What `eoq paper` writes. */
export type PaperReport = z.infer<typeof paperReportSchema>;
