/**
 * The JSON of eoq bench, version 2.
 *
 * @module
 */

import { z } from "zod";
import { ARITHMETICS, METHODS } from "../exec/methods.ts";
import { environmentSchema } from "./run.ts";
import { BENCHMARKS } from "./benchmarks.ts";

/** What is timed: a pass over a convolution, or a step of a network. */
export const PHASES = ["forward", "backward-data", "backward-weights", "train-step", "inference"] as const;

/** Peers of the kernels and of the steps. */
export const PEERS = ["oneDNN", "OpenBLAS", "onnxruntime", "PyTorch", "JAX"] as const;

/** Another checkout of eoq, whose steps take turns with this one's. */
export const BASE = "base";

/** Where the time of a training step goes. */
export const STEP_PHASES = ["forward", "backward-data", "backward-weights", "update", "elementwise", "loss"] as const;

/** What steps are timed on: random images, made anew for each, or those of a dataset. */
export const IMAGE_SOURCES = ["random", "cifar10"] as const;

/** Name of what steps are timed on. */
export type ImageSource = typeof IMAGE_SOURCES[number];

/** Schema of a median with its 95 % bootstrap interval. */
export const estimateShape = {
  median: z.number().positive(),
  interval: z.tuple([z.number().positive(), z.number().positive()]),
};

const ran = {
  /** Instruction-set path; `native` where a peer chooses its own. */
  isa: z.string(),
  threads: z.int().positive(),
};

const measured = {
  ...ran,
  /** Of the samples, in `unit`; `mad` is their median absolute deviation from the median. */
  ...estimateShape,
  mad: z.number().nonnegative(),
  samples: z.int().positive(),
};

const subject = z.enum(["eoq", BASE, ...PEERS]);

/** Schema of {@linkcode Row}. */
export const rowSchema = z.strictObject({
  subject,
  /** Types that are multiplied, or the method. */
  variant: z.string(),
  phase: z.enum(PHASES),
  /** The variant, then the layer's shape or the network, and the batch. */
  shape: z.string(),
  /** Images a call or step. */
  batch: z.int().positive(),
  ...measured,
  unit: z.enum(["GMAC/s", "images/s"]),
  /** Nominal multiply-adds (padding taps counted) in percent of the peak measured beside them; can pass 100. */
  percentOfPeak: z.number().positive(),
});

/** One timed thing. */
export type Row = z.infer<typeof rowSchema>;

/** What a row is about. */
export type Phase = Row["phase"];

/** Schema of {@linkcode RatioRow}. */
export const ratioRowSchema = z.strictObject({
  /** Of both rows, with the shape without its variant. */
  phase: z.enum(PHASES),
  shape: z.string(),
  /** The first does so many times the rate of the second. */
  of: z.strictObject({ subject, variant: z.string(), ...ran }),
  to: z.strictObject({ subject, variant: z.string(), ...ran }),
  /** Of the ratios of neighbouring samples. */
  ...estimateShape,
  pairs: z.int().positive(),
});

/** How two rows that were sampled in turn compare. */
export type RatioRow = z.infer<typeof ratioRowSchema>;

/** What can be wrong with timings. */
const WARNING_KINDS = ["too-few-samples", "noisy-machine", "frequency-scaling"] as const;

/** Schema of {@linkcode Warning}. */
export const warningSchema = z.strictObject({
  kind: z.enum(WARNING_KINDS),
  /** What was seen, and where. */
  message: z.string(),
  /** What helps. */
  hint: z.string(),
});

/** A reason to trust timings less. */
export type Warning = z.infer<typeof warningSchema>;

/** Schema of {@linkcode PeakRow}. */
const peakRowSchema = z.strictObject({
  arithmetic: z.enum(ARITHMETICS),
  ...measured,
  unit: z.literal("GMAC/s"),
});

/** The multiply-add peak of a path, over all samples of the run. */
export type PeakRow = z.infer<typeof peakRowSchema>;

/** Schema of {@linkcode BandwidthRow}. */
const bandwidthRowSchema = z.strictObject({
  threads: z.int().positive(),
  ...estimateShape,
  mad: z.number().nonnegative(),
  samples: z.int().positive(),
  unit: z.literal("GB/s"),
});

/** How fast so many threads copy memory: bytes read and written, past all caches. */
export type BandwidthRow = z.infer<typeof bandwidthRowSchema>;

/** Schema of {@linkcode BoundRow}. */
const boundRowSchema = z.strictObject({
  method: z.enum(METHODS),
  phase: z.enum(PHASES),
  batch: z.int().positive(),
  ...ran,
  /** Of a step: what its operations take at the peak, its bytes at the bandwidth, and at least layer by layer. */
  computeMilliseconds: z.number().nonnegative(),
  memoryMilliseconds: z.number().nonnegative(),
  boundMilliseconds: z.number().positive(),
  /** The median. */
  measuredMilliseconds: z.number().positive(),
});

/** A measured step beside what the roofline of the machine allows. */
export type BoundRow = z.infer<typeof boundRowSchema>;

/** Schema of {@linkcode Breakdown}. */
export const breakdownSchema = z.strictObject({
  method: z.enum(METHODS),
  batch: z.int().positive(),
  isa: z.string(),
  threads: z.int().positive(),
  /** Milliseconds of a step outside the kernels; this and those below are medians over steps. */
  outside: z.number(),
  /** Milliseconds, in the mean of the steps, that kernels ran a second time as they had guessed a shift wrong; null of versions that did not time it. */
  reruns: z.number().nonnegative().nullable().default(null),
  /** Milliseconds of each layer's kernel calls, by phase. */
  layers: z.array(z.strictObject({ layer: z.string(), milliseconds: z.record(z.enum(STEP_PHASES), z.number()) })),
});

/** Where the time of a method's training step goes. */
export type Breakdown = z.infer<typeof breakdownSchema>;

/** Schema of {@linkcode MemoryRow}. */
const memoryRowSchema = z.strictObject({
  subject,
  /** `eoq` or `bn-fp32`. */
  method: z.enum(METHODS),
  batch: z.int().positive(),
  /** Peak resident bytes of a process that trains, and those it had before it made the network. */
  peakBytes: z.int().positive(),
  idleBytes: z.int().positive(),
});

/** Memory of a training step. */
export type MemoryRow = z.infer<typeof memoryRowSchema>;

/** Schema of {@linkcode PeerVersion}. */
export const peerVersionSchema = z.strictObject({
  peer: z.enum(PEERS),
  version: z.string(),
  /** The file that ran, and what led to it. */
  from: z.string(),
});

/** Which peer took part. */
export type PeerVersion = z.infer<typeof peerVersionSchema>;

/** Schema of {@linkcode MissingMode}. */
const missingModeSchema = z.strictObject({
  peer: z.enum(PEERS),
  /** As in the rows of the modes that took part. */
  variant: z.string(),
  phase: z.enum(PHASES),
  batch: z.int().positive(),
  reason: z.string(),
});

/** A way to run a peer that did not take part. */
export type MissingMode = z.infer<typeof missingModeSchema>;

const noiseSchema = z.strictObject({
  /** Measurements of the same code. */
  passes: z.int().positive(),
  /** The fraction by which one may be below another, in 97.5 % of cases: a smaller change cannot be told. */
  change: z.number().min(0).max(1),
});

/** What an A/A run found. */
export type Noise = z.infer<typeof noiseSchema>;

/** Schema of {@linkcode BenchReport}. */
export const benchReportSchema = z.strictObject({
  schemaVersion: z.literal(2),
  benchmark: z.enum(BENCHMARKS),
  /** The command line, from `eoq` on. */
  command: z.string(),
  environment: environmentSchema,
  /** Null where no steps were timed, and of versions that timed all steps on the same random images. */
  images: z.enum(IMAGE_SOURCES).nullable().default(null),
  /** Null where the report is no baseline and held against none, and of versions without A/A runs. */
  noise: noiseSchema.nullable().default(null),
  peaks: z.array(peakRowSchema),
  bandwidth: z.array(bandwidthRowSchema),
  rows: z.array(rowSchema),
  /**
   * Each variant of eoq's own, at the best path with the first number of threads, to every other row of its contest, and
   * at every setting to the base's.
   */
  ratios: z.array(ratioRowSchema),
  bounds: z.array(boundRowSchema),
  breakdowns: z.array(breakdownSchema),
  memory: z.array(memoryRowSchema),
  warnings: z.array(warningSchema),
  /** Peers that took part, and their modes that could not; none of versions that did not say. */
  peers: z.array(peerVersionSchema).default([]),
  missingModes: z.array(missingModeSchema).default([]),
  /** Peers that were asked for and cannot take part. */
  missing: z.array(z.strictObject({ peer: z.enum(PEERS), reason: z.string(), install: z.string() })),
});

/** What eoq bench measured. */
export type BenchReport = z.infer<typeof benchReportSchema>;
