/**
 * The three passes over the key convolutions at batch 128, int8 (requantised
 * output) and fp32, on one thread: `deno task bench`. `eoq bench kernels` is
 * the thorough form.
 *
 * @module
 */

import { ownConvolutions } from "../lib/bench/own_convolution.ts";
import { CONV_PHASES, KEY_CONVOLUTIONS, shapeName } from "../lib/bench/shapes.ts";
import { openLibrary } from "../lib/native/library.ts";

const BATCH = 128, THREADS = 1;

const library = await openLibrary({ threads: THREADS });
for (const conv of KEY_CONVOLUTIONS) {
  for (const phase of CONV_PHASES) {
    const group = `${phase} ${shapeName(conv)}`;
    for (
      const { variant, run } of ownConvolutions(library, library.isa, { conv, batch: BATCH, phase, threads: THREADS })
    ) {
      Deno.bench({ name: `${variant} ${group}`, group, fn: () => void run(1) });
    }
  }
}
