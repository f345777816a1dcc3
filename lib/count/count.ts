/**
 * What a method executes and moves, layer by layer and phase by phase. The
 * formulas are held to the counting build of the library (kernels/core/count.h) and
 * to the calls of its kernels by tests.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import type { Plan } from "../plan/plan.ts";
import { batchNormParts, fixupParts } from "./fp32/network.ts";
import { eoqParts } from "./int8/eoq.ts";
import { wageubnParts } from "./int8/wageubn.ts";
import type { LayerOperations, Traffic } from "./kinds.ts";
import { linesOf, type Part, trafficOf } from "./parts.ts";
import type { CountSettings } from "./settings.ts";

/** What a network of a method executes and moves for a batch. */
type CountParts = (plan: Plan, batch: number, settings: CountSettings) => Part[];

const PARTS: Readonly<Record<Method, CountParts>> = {
  "eoq": eoqParts,
  "wageubn": wageubnParts,
  "fixup-fp32": fixupParts,
  "bn-fp32": batchNormParts,
};

/**
 * Operations of a training step and of an inference of `batch` images, exact
 * integers: a line for each layer and phase.
 */
export function countOperations(
  plan: Plan,
  method: Method,
  batch: number,
  settings: CountSettings = {},
): LayerOperations[] {
  return linesOf(PARTS[method](plan, batch, settings));
}

/** Bytes that they move: a line for each layer, phase and class of tensors. */
export function countTraffic(plan: Plan, method: Method, batch: number, settings: CountSettings = {}): Traffic[] {
  return trafficOf(PARTS[method](plan, batch, settings));
}
