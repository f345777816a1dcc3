/**
 * What fixes the result of a run: two runs with one configuration end in the
 * same weights, whatever the machine, path or threads.
 *
 * @module
 */

import { z } from "zod";
import { DATASETS } from "../data/datasets.ts";
import { METHODS } from "../exec/methods.ts";
import { MODELS } from "../plan/models.ts";

const positive = z.int().positive();

/** Schema of {@linkcode RunConfig}. */
export const runConfigSchema = z.strictObject({
  method: z.enum(METHODS),
  model: z.enum([...MODELS.keys()]),
  dataset: z.enum(DATASETS),
  /** Absolute folder of the data files; null when they come from the dataset's package. */
  data: z.string().nullable(),
  /** Images that training and the test use, counted from the first. */
  trainImages: positive,
  testImages: positive,
  batch: positive,
  epochs: positive,
  seed: z.int().nonnegative().max(2 ** 32 - 1),
});

/** What fixes the result of a run. */
export type RunConfig = z.infer<typeof runConfigSchema>;
