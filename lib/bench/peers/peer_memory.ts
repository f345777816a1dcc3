/**
 * Memory of a peer that answers from a process of its own.
 *
 * @module
 */

import type { MemoryRow } from "../../report/bench.ts";
import { MEMORY_STEPS, residentSchema } from "../memory.ts";
import type { StepJob } from "../own_step.ts";
import type { PeerProcess } from "./process.ts";

/** What is measured. */
export interface PeerMemory extends Pick<StepJob, "plan"> {
  /** The peer's name. */
  readonly subject: MemoryRow["subject"];
  /** Images of a step. */
  readonly batch: number;
  /** Orders of axes that the peer knows. */
  readonly layouts: readonly string[];
}

/**
 * Memory of a training step in a fresh process, what compiling it took included, in the layout that needs less.
 *
 * @param start Starts the peer's process, one for each layout.
 */
export async function peerMemory(
  { subject, plan, batch, layouts }: PeerMemory,
  start: () => Promise<PeerProcess>,
): Promise<MemoryRow> {
  const rows: MemoryRow[] = [];
  for (const layout of layouts) {
    const process = await start();
    const answer = await process.ask({ command: "memory", plan, batch, layout, steps: MEMORY_STEPS });
    rows.push({ subject, method: "bn-fp32", batch, ...residentSchema.parse(answer) });
    await process.close();
  }
  return rows.reduce((least, row) => row.peakBytes < least.peakBytes ? row : least);
}
