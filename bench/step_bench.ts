/**
 * A training step of ResNet-20 on one thread, each method against the first:
 * `deno task bench`. `eoq bench step` is the thorough form.
 *
 * @module
 */

import { RANDOM_IMAGES } from "../lib/bench/images.ts";
import { ownStep } from "../lib/bench/own_step.ts";
import { METHODS } from "../lib/exec/methods.ts";
import { openLibrary } from "../lib/native/library.ts";
import { buildPlan } from "../lib/plan/models.ts";

const library = await openLibrary({ threads: 1 });
const setting = { isa: library.isa, threads: 1 };
const plan = buildPlan("resnet-20", { height: 32, width: 32, channels: 3, classes: 10 });
for (const batch of [1, 128]) {
  const group = `training step, batch ${batch}`;
  for (const method of METHODS) {
    const { run } = ownStep(library, setting, method, { plan, batch, phase: "train-step", images: RANDOM_IMAGES });
    Deno.bench({ name: `${method} ${group}`, group, baseline: method === METHODS[0], fn: () => void run(1) });
  }
}
