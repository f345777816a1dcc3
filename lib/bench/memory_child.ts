/**
 * Trains a few steps in a process of its own, because a peak of memory is that
 * of a whole process, and prints what it took as JSON. Its argument is a
 * {@linkcode MemoryJob} as JSON.
 *
 * @module
 */

import { createNetwork } from "../exec/methods.ts";
import { FULL_RATE } from "../exec/network.ts";
import { openLibrary } from "../native/library.ts";
import { randomBatch } from "./images.ts";
import type { MemoryJob } from "./memory.ts";

/** Bytes behind a key of Linux's /proc/self/status. */
function resident(key: "VmRSS" | "VmHWM"): number {
  const [, kibibytes] = Deno.readTextFileSync("/proc/self/status").match(new RegExp(`${key}:\\s+(\\d+) kB`)) ?? [];
  return 1024 * Number(kibibytes);
}

if (import.meta.main) {
  const { method, plan, batch, isa, threads, steps } = JSON.parse(Deno.args[0]!) as MemoryJob;
  using library = await openLibrary({ isa, threads });
  const idleBytes = resident("VmRSS");
  const network = createNetwork(method, { library, plan, batch, seed: 1 });
  const images = randomBatch(plan, batch, 0);
  for (let step = 0; step < steps; step++) network.trainStep(images, { step, rate: FULL_RATE });
  console.log(JSON.stringify({ idleBytes, peakBytes: resident("VmHWM") }));
  network.close();
}
