/**
 * Cost models: what an operation of each kind takes of energy, area and time
 * in a technology, and what a byte of memory traffic does. Each is a JSON file
 * with its sources; what these do not cover is an assumption that says so.
 *
 * @module
 */

import { z } from "zod";
import horowitz45nm from "./costs/horowitz_45nm.json" with { type: "json" };
import jouppi7nm from "./costs/jouppi_7nm.json" with { type: "json" };
import wageubnFpga from "./costs/wageubn_fpga.json" with { type: "json" };
import { OPERATION_KINDS } from "./kinds.ts";

/** What a model can give of an operation. */
export const QUANTITIES = ["energy", "area", "latency"] as const;

/** Name of a quantity. */
export type Quantity = typeof QUANTITIES[number];

const text = z.string().min(1);
const amount = z.number().nonnegative();

/** A unit, and what the numbers of the file are multiplied by to be in it; null where a model has no such quantity. */
const unitSchema = z.strictObject({ unit: text, factor: z.number().positive() }).nullable();

const operationSchema = z.strictObject({
  /** Of one operation; null where the model cannot say. */
  energy: amount.nullable(),
  /** Of a unit that starts one operation a cycle. */
  area: amount.nullable(),
  /** Of one operation on one unit. */
  latency: amount.nullable(),
  /** Whether the numbers are assumed, and not those of a source. */
  assumed: z.boolean(),
  /** The source, or what is assumed and why. */
  from: text,
});

const levelSchema = z.strictObject({
  /** Of an access; the lower end where the source gives a range. */
  energy: amount,
  /** The upper end of a range. */
  upTo: amount.nullable(),
  /** Bytes of an access. */
  bytes: z.int().positive(),
  from: text,
});

/** Schema of {@linkcode CostModel}: the JSON of a cost file, version 1. */
export const costModelSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The word behind `--cost`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  /** What the numbers are, in a line. */
  about: text,
  technology: text,
  /** Where the numbers are printed, and how they were checked. */
  sources: z.array(z.strictObject({ citation: text, checked: text })).min(1),
  units: z.strictObject({ energy: unitSchema, area: unitSchema, latency: unitSchema }),
  operations: z.record(z.enum(OPERATION_KINDS), operationSchema),
  memory: z.strictObject({
    /** The level that all counted traffic is charged to; null where the model has no memory. */
    traffic: text.nullable(),
    levels: z.record(text, levelSchema),
  }),
  notes: z.array(text),
}).refine(({ memory: { traffic, levels } }) => traffic === null || Object.hasOwn(levels, traffic), {
  path: ["memory", "traffic"],
  message: "is not one of memory.levels",
});

/** What operations and memory traffic take in a technology. */
export type CostModel = z.infer<typeof costModelSchema>;

/** The models that come with eoq, by name. */
export const COST_MODELS: ReadonlyMap<string, CostModel> = new Map(
  [horowitz45nm, jouppi7nm, wageubnFpga].map((file) => {
    const model = costModelSchema.parse(file);
    return [model.name, model];
  }),
);
