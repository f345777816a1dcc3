/**
 * What a method executes and moves, layer by layer and phase by phase. The
 * formulas are held to the counting build of the library (kernels/count.h) and
 * to the calls of its kernels by tests.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import type { EoqRecipe, InputEncoding } from "../exec/recipe.ts";
import type { Plan } from "../plan/plan.ts";
import { batchNormParts, fixupParts } from "./fp32/network.ts";
import { eoqParts } from "./int8/eoq.ts";
import { wageubnParts } from "./int8/wageubn.ts";
import type { LayerOperations, Traffic } from "./kinds.ts";
import { linesOf, type Part, trafficOf } from "./parts.ts";

/** What of a run changes its counts. */
export interface CountSettings {
  /** What of the EOQ recipe differs from its defaults; other methods take no notice. */
  readonly recipe?: Partial<EoqRecipe> | undefined;
  /** How bytes become numbers; `half` if absent. */
  readonly input?: InputEncoding | undefined;
  /** Whether fp32 methods centre the gradients of weights; the method's own if absent. */
  readonly centredGradients?: boolean | undefined;
  /** Path of the kernels whose overhead is counted beside the reference; none if absent. */
  readonly isa?: string | undefined;
}

function partsOf(plan: Plan, method: Method, batch: number, settings: CountSettings): Part[] {
  const { recipe, input, isa } = settings;
  switch (method) {
    case "eoq":
      return eoqParts(plan, batch, recipe, input, isa);
    case "wageubn":
      return wageubnParts(plan, batch, input, isa);
    case "fixup-fp32":
      return fixupParts(plan, batch, settings);
    case "bn-fp32":
      return batchNormParts(plan, batch, settings);
  }
}

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
  return linesOf(partsOf(plan, method, batch, settings));
}

/** Bytes that they move: a line for each layer, phase and class of tensors. */
export function countTraffic(plan: Plan, method: Method, batch: number, settings: CountSettings = {}): Traffic[] {
  return trafficOf(partsOf(plan, method, batch, settings));
}
