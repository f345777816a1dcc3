/**
 * Networks between processes: what a message takes before its first byte is
 * there, and for each byte. Each is a JSON file with its sources; what these do
 * not cover is an estimate that says from what.
 *
 * @module
 */

import { z } from "zod";
import ethernet10g from "./interconnects/ethernet_10g.json" with { type: "json" };
import infiniband100g from "./interconnects/infiniband_100g.json" with { type: "json" };
import sharedMemory from "./interconnects/shared_memory.json" with { type: "json" };

const text = z.string().min(1);

/** In units that networks are told in; beyond these a step would take longer than numbers go. */
const amount = z.number().positive().min(1e-9).max(1e9);

/** Whether a number is derived, and not printed in a source; and the source, or what the estimate is made of. */
const origin = { estimate: z.boolean(), from: text };

/** Schema of {@linkcode Interconnect}: the JSON of a network's file, version 1. */
export const interconnectSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** The word behind `--network`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  /** What it is, in a line. */
  about: text,
  /** Where the numbers are printed, and how they were checked. */
  sources: z.array(z.strictObject({ citation: text, checked: text })).min(1),
  /** From one rank to another, of a message of few bytes, as a program sees it. */
  latency: z.strictObject({ microseconds: amount, ...origin }),
  /** Of a rank, one way, of a message of many bytes. */
  bandwidth: z.strictObject({ gigabytesPerSecond: amount, ...origin }),
  notes: z.array(text),
});

/** What a message takes from one rank to another. */
export type Interconnect = z.infer<typeof interconnectSchema>;

/** Those that come with eoq, by name. */
export const INTERCONNECTS: ReadonlyMap<string, Interconnect> = new Map(
  [sharedMemory, ethernet10g, infiniband100g].map((file) => {
    const network = interconnectSchema.parse(file);
    return [network.name, network];
  }),
);
