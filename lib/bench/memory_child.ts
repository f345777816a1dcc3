/**
 * Trains a few steps in a process of its own, because a peak of memory is that
 * of a whole process, and prints what it took as JSON. Its argument is a
 * {@linkcode MemoryJob} as JSON.
 *
 * @module
 */

import { createNetwork } from "../exec/methods.ts";
import { openLibrary } from "../native/library.ts";
import type { MemoryJob } from "./memory.ts";
import { RANDOM_IMAGES } from "./images.ts";
import { stepper } from "./own_step.ts";

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
  const train = stepper(network, { plan, batch, phase: "train-step", images: RANDOM_IMAGES });
  for (let i = 0; i < steps; i++) train(1);
  console.log(JSON.stringify({ idleBytes, peakBytes: resident("VmHWM") }));
  network.close();
}
