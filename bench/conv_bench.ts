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

const BATCH = 128;

const library = await openLibrary({ threads: 1 });
const setting = { isa: library.isa, threads: 1 };
for (const conv of KEY_CONVOLUTIONS) {
  for (const phase of CONV_PHASES) {
    const group = `${phase} ${shapeName(conv)}`;
    for (
      const { variant, run } of ownConvolutions(library, setting, { conv, batch: BATCH, phase })
    ) {
      Deno.bench({ name: `${variant} ${group}`, group, fn: () => void run(1) });
    }
  }
}
