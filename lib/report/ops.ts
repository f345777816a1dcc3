/**
 * The JSON of eoq ops, version 1.
 *
 * @module
 */

import { z } from "zod";
import { OPERATION_KINDS, PHASES } from "../count/kinds.ts";
import { machineSchema } from "../count/roofline.ts";
import { SELECTIONS, TENSORS } from "../count/work.ts";
import { METHODS } from "../exec/methods.ts";
import { TRAINED_WORDS } from "../plan/trained.ts";

const count = z.int().nonnegative();
const amount = z.number().nonnegative().nullable();
const ratio = z.number().positive().nullable();
const operations = z.record(z.enum(OPERATION_KINDS), count);

const seconds = z.number().nonnegative();
const phaseSchema = z.enum(["inference", ...PHASES]);

const workSchema = z.strictObject({
  /** Nominal multiply-accumulates of convolutions, padding taps counted. */
  macs: count,
  /** What the scalar reference executes, by kind and width. */
  operations,
  /** What the SIMD kernels execute beside that. */
  overhead: operations,
  /** Bytes read and written, as each layer reads its operands and writes its results once. */
  traffic: z.record(z.enum(TENSORS), z.strictObject({ read: count, written: count })),
});

/** A number in a unit of the cost model; null where the model cannot give it. */
const pricedSchema = z.strictObject({ unit: z.string().nullable(), value: amount });

/** Schema of {@linkcode PricedCost}. */
export const pricedCostSchema = z.strictObject({
  /** Name of the cost model. */
  model: z.string(),
  energy: z.strictObject({
    unit: z.string().nullable(),
    operations: amount,
    /** The part of the operations' energy that rests on assumed numbers. */
    assumed: amount,
    memory: amount,
    /** Operations and memory. */
    total: amount,
  }),
  /** Of as many units of each kind as do the operations in a million cycles. */
  area: pricedSchema,
  /** Of all operations one after another on one unit each. */
  latency: pricedSchema,
});

/** What the work of a method costs by a model. */
export type PricedCost = z.infer<typeof pricedCostSchema>;

const methodSchema = z.strictObject({
  method: z.enum(METHODS),
  /** A layer and phase each. */
  layers: z.array(z.strictObject({ layer: z.string(), phase: phaseSchema, ...workSchema.shape })),
  /** Their sum. */
  total: workSchema,
  /** Largest memory live at once. */
  liveBytes: count,
  costs: z.array(pricedCostSchema),
  /** What bounds each layer and phase on the machine, in seconds; null without one. */
  roofline: z.array(z.strictObject({
    layer: z.string(),
    phase: phaseSchema,
    compute: seconds,
    memory: seconds,
    /** At least. */
    seconds,
    bound: z.enum(["compute", "memory"]),
  })).nullable(),
});

/** Schema of {@linkcode OpsReport}. Counts are those of a batch. */
export const opsReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The command line, from `eoq` on. */
  command: z.string(),
  model: z.string(),
  input: z.strictObject({ height: count, width: count, channels: count }),
  classes: count,
  batch: z.int().positive(),
  phase: z.enum(SELECTIONS),
  /** Which layers a training step updates; absent where all are. */
  train: z.string().regex(TRAINED_WORDS).optional(),
  /** Nominal multiply-accumulates of one image forward. */
  macsPerImage: count,
  methods: z.array(methodSchema),
  /** The machine of the roofline. */
  machine: machineSchema.nullable(),
  /** Methods that do not run the model, and why. */
  refused: z.array(z.strictObject({ method: z.enum(METHODS), reason: z.string() })),
  /** How many times as much bn-fp32 takes as each other method; empty without bn-fp32. */
  ratios: z.array(z.strictObject({
    method: z.enum(METHODS),
    operations: ratio,
    bytes: ratio,
    liveBytes: ratio,
    costs: z.array(z.strictObject({
      model: z.string(),
      operationsEnergy: ratio,
      energy: ratio,
      area: ratio,
      latency: ratio,
    })),
  })),
});

/** What `eoq ops` found. */
export type OpsReport = z.infer<typeof opsReportSchema>;

/** The counts of one method. */
export type MethodOps = OpsReport["methods"][number];
