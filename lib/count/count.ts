/**
 * What a method executes, layer by layer and phase by phase. The formulas are
 * held to the counting build of the library (kernels/count.h) by tests.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import type { EoqRecipe, InputEncoding } from "../exec/recipe.ts";
import type { Plan } from "../plan/plan.ts";
import { countBatchNorm, countFixup } from "./fp32/network.ts";
import { countEoq } from "./int8/eoq.ts";
import { countWageubn } from "./int8/wageubn.ts";
import type { LayerOperations } from "./kinds.ts";

/** What of a run changes its counts. */
export interface CountSettings {
  /** What of the EOQ recipe differs from its defaults; other methods take no notice. */
  readonly recipe?: Partial<EoqRecipe> | undefined;
  /** How bytes become numbers; `half` if absent. */
  readonly input?: InputEncoding | undefined;
}

/**
 * Operations of a training step and of an inference of `batch` images, exact
 * integers: lines by layer and phase, of those that execute anything.
 */
export function countOperations(
  plan: Plan,
  method: Method,
  batch: number,
  { recipe, input }: CountSettings = {},
): LayerOperations[] {
  switch (method) {
    case "eoq":
      return countEoq(plan, batch, recipe, input);
    case "wageubn":
      return countWageubn(plan, batch, input);
    case "fixup-fp32":
      return countFixup(plan, batch, input);
    case "bn-fp32":
      return countBatchNorm(plan, batch, input);
  }
}
