/**
 * Peak resident bytes of eoq's own training steps.
 *
 * @module
 */

import { z } from "zod";
import { RunError } from "../errors.ts";
import type { Method } from "../exec/methods.ts";
import type { Plan } from "../plan/plan.ts";
import type { MemoryRow } from "./schema.ts";

/** What a memory process is asked to train. */
export interface MemoryJob {
  readonly method: Method;
  readonly plan: Plan;
  readonly batch: number;
  readonly isa: string;
  readonly threads: number;
  readonly steps: number;
}

/** Bytes that a process of a peer or of eoq reports. */
export const residentSchema = z.object({ idleBytes: z.int().positive(), peakBytes: z.int().positive() });

/** Steps after which memory has reached its peak: a peer's optimizer makes its state in the first. */
export const MEMORY_STEPS = 3;

const CHILD = decodeURIComponent(new URL("memory_child.ts", import.meta.url).pathname);

/** Where the system can tell; nothing on others. */
export const canMeasureMemory = Deno.build.os === "linux";

/** Trains a few steps in a fresh process. @throws {RunError} when it fails. */
export async function ownMemory(job: Omit<MemoryJob, "steps">): Promise<MemoryRow> {
  // Deno reads /proc with all permissions only.
  const args = ["run", "--quiet", "--no-prompt", "--allow-all", CHILD, JSON.stringify({ ...job, steps: MEMORY_STEPS })];
  const { success, stdout } = await new Deno.Command("deno", { args, stderr: "null" }).output();
  if (!success) throw new RunError("the process that measures memory failed");
  const { method, batch } = job;
  return {
    subject: "eoq",
    method,
    batch,
    ...residentSchema.parse(JSON.parse(new TextDecoder().decode(stdout))),
  };
}
