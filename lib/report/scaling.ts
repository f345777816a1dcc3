/**
 * The JSON of `eoq bench scale`, version 1: steps that ranks share, measured.
 *
 * @module
 */

import { z } from "zod";
import { METHODS } from "../exec/methods.ts";
import { estimateShape, IMAGE_SOURCES } from "./bench.ts";
import { environmentSchema } from "./run.ts";
import { messagesSchema } from "./scale_plan.ts";

/** Schema of {@linkcode ScalingRow}. */
export const scalingRowSchema = z.strictObject({
  method: z.enum(METHODS),
  /** Images of all ranks together. */
  batch: z.int().positive(),
  ranks: z.int().positive(),
  /** Of each rank. */
  threads: z.int().positive(),
  /** Images/s of all ranks together, over steps. */
  ...estimateShape,
  samples: z.int().positive(),
  /** The rate over that of so many times the fewest ranks that were measured. */
  efficiency: z.number().positive(),
  /** What a rank sent in a step; none of a rank alone. */
  messages: messagesSchema,
  /** The same by the formula. */
  formula: messagesSchema,
  /** Of all ranks after the first steps; null where they differ. */
  weightsSha256: z.string().nullable(),
});

/** Steps of a method at a number of ranks. */
export type ScalingRow = z.infer<typeof scalingRowSchema>;

/** Schema of {@linkcode ScalingReport}. */
export const scalingReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The command line, from `eoq` on. */
  command: z.string(),
  environment: environmentSchema,
  model: z.string(),
  images: z.enum(IMAGE_SOURCES),
  /** What mpirun says of itself. */
  mpi: z.string(),
  /** Steps before the weights are compared. */
  hashedSteps: z.int().positive(),
  scaling: z.array(scalingRowSchema),
});

/** What eoq bench scale measured. */
export type ScalingReport = z.infer<typeof scalingReportSchema>;
