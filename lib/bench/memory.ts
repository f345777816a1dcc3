/**
 * Peak resident bytes of eoq's own training steps.
 *
 * @module
 */

import { z } from "zod";
import { RunError } from "../errors.ts";
import type { Method } from "../exec/methods.ts";
import { runChild, runModule } from "../package/child.ts";
import type { Plan } from "../plan/plan.ts";
import type { MemoryRow } from "../report/bench.ts";
import type { Setting } from "../report/setting.ts";

/** What a memory process is asked to train. */
export interface MemoryJob extends Setting {
  readonly method: Method;
  readonly plan: Plan;
  readonly batch: number;
  readonly steps: number;
}

/** Bytes that a process of a peer or of eoq reports. */
export const residentSchema = z.object({ idleBytes: z.int().positive(), peakBytes: z.int().positive() });

/** Steps after which memory has reached its peak: a peer's optimizer makes its state in the first. */
export const MEMORY_STEPS = 3;

/** Only Linux tells the peak of a process by itself. */
export const canMeasureMemory = Deno.build.os === "linux";

/** Trains a few steps in a fresh process. @throws {RunError} when it fails or `deno` is not on the path. */
export async function ownMemory(job: Omit<MemoryJob, "steps">): Promise<MemoryRow> {
  // Deno reads /proc with all permissions only.
  const child = runModule("lib/bench/memory_child.ts", ["--no-prompt", "--allow-all"]);
  const args = [...child, JSON.stringify({ ...job, steps: MEMORY_STEPS })];
  const { success, stdout, stderr } = await runChild("deno", { args });
  if (!success) throw new RunError(`a process to measure memory failed: ${new TextDecoder().decode(stderr)}`);
  const { method, batch } = job;
  return {
    subject: "eoq",
    method,
    batch,
    ...residentSchema.parse(JSON.parse(new TextDecoder().decode(stdout))),
  };
}
