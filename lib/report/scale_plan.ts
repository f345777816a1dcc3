/**
 * The JSON of `eoq plan scale`, version 1: steps that ranks share, on paper.
 *
 * @module
 */

import { z } from "zod";
import { interconnectSchema } from "../count/interconnect.ts";
import { SCALE_BOUNDS, SCALINGS } from "../count/scaling.ts";
import { METHODS } from "../exec/methods.ts";
import { environmentSchema } from "./run.ts";

const seconds = z.number().nonnegative();

/** Schema of messages and their bytes; a rank's in a step. */
export const messagesSchema = z.strictObject({
  /** Largest values, over all ranks. */
  maxima: z.number().nonnegative(),
  maximaBytes: z.number().nonnegative(),
  /** Sums over all ranks. */
  sums: z.number().nonnegative(),
  sumsBytes: z.number().nonnegative(),
});

const methodSchema = z.strictObject({
  method: z.enum(METHODS),
  /** Measured steps of one process: images and seconds. */
  compute: z.array(z.strictObject({ batch: z.int().positive(), seconds: z.number().positive() })).min(1),
  messages: messagesSchema,
  /** Gradients of all weights of convolutions and dense layers as they are summed, and in one byte each. */
  gradients: z.strictObject({ values: z.int().nonnegative(), bytes: z.int().nonnegative() }),
});

/** Schema of {@linkcode Prediction}. */
const predictionSchema = z.strictObject({
  method: z.enum(METHODS),
  /** Name of one of the networks. */
  network: z.string(),
  scaling: z.enum(SCALINGS),
  ranks: z.int().positive(),
  /** Images of all ranks together. */
  batch: z.int().positive(),
  imagesPerSecond: z.number().positive(),
  /** Of as many processes that need no messages and lose nothing on small batches. */
  efficiency: z.number().positive(),
  /** Of a step: those that its kernels take, that messages wait, and that their bytes take; and of messages behind kernels. */
  seconds: z.strictObject({ compute: seconds, latency: seconds, transfer: seconds, hidden: seconds.optional() }),
  bound: z.enum(SCALE_BOUNDS),
});

/** A step of so many ranks over a network. */
export type Prediction = z.infer<typeof predictionSchema>;

/** Schema of {@linkcode ScalePlan}. */
export const scalePlanSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The command line, from `eoq` on. */
  command: z.string(),
  /** The machine whose steps were measured; null where a rate was given. */
  environment: environmentSchema.nullable(),
  model: z.string(),
  /** Images of the whole batch in strong scaling, of a rank in weak scaling. */
  batch: z.int().positive(),
  methods: z.array(methodSchema).min(1),
  networks: z.array(interconnectSchema).min(1),
  predictions: z.array(predictionSchema),
});

/** What steps come to on ranks and networks. */
export type ScalePlan = z.infer<typeof scalePlanSchema>;

/** What is planned of a method. */
export type PlannedMethod = ScalePlan["methods"][number];
