/**
 * Microcontrollers: the cycles that each kind of operation takes on a core, and
 * the energy of a cycle. Each is a JSON file with its sources; what these do not
 * cover is an estimate that says from what.
 *
 * @module
 */

import { z } from "zod";
import { OPERATION_KINDS } from "./kinds.ts";
import cortexM4 from "./microcontrollers/cortex_m4.json" with { type: "json" };
import cortexM4f from "./microcontrollers/cortex_m4f.json" with { type: "json" };
import cortexM55 from "./microcontrollers/cortex_m55.json" with { type: "json" };
import rv32imc from "./microcontrollers/rv32imc.json" with { type: "json" };

const text = z.string().min(1);
const amount = z.number().positive();

/** Cycles of one, and where they are from. */
const cyclesSchema = z.strictObject({
  cycles: amount,
  /** Whether they are derived, and not printed in a source. */
  estimate: z.boolean(),
  /** The source, or what the estimate is made of. */
  from: text,
});

/** Schema of {@linkcode Microcontroller}: the JSON of a microcontroller's file, version 1. */
export const microcontrollerSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The word behind `--machine`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  /** What it is, in a line. */
  about: text,
  /** Cycles a second. */
  hertz: amount,
  /** Where the numbers are printed, and how they were checked. */
  sources: z.array(z.strictObject({ citation: text, checked: text })).min(1),
  /** A product of a convolution with its addition, operands loaded. */
  products: z.strictObject({ int8: cyclesSchema, fp32: cyclesSchema }),
  /** Every other operation, operands in registers. */
  operations: z.record(z.enum(OPERATION_KINDS), cyclesSchema),
  /** Reading or writing so many bytes. */
  memory: z.strictObject({ ...cyclesSchema.shape, bytes: z.int().positive() }),
  /** Null where no figure is known. */
  energyPerCycle: z.strictObject({ picojoules: amount, estimate: z.boolean(), from: text }).nullable(),
  notes: z.array(text),
});

/** What a core takes for each kind of operation. */
export type Microcontroller = z.infer<typeof microcontrollerSchema>;

/** Those that come with eoq, by name. */
export const MICROCONTROLLERS: ReadonlyMap<string, Microcontroller> = new Map(
  [cortexM4, cortexM4f, cortexM55, rv32imc].map((file) => {
    const core = microcontrollerSchema.parse(file);
    return [core.name, core];
  }),
);
