/**
 * What a method executes and moves, layer by layer and phase by phase. The
 * formulas are held to the counting build of the library (kernels/core/count.h) and
 * to the calls of its kernels by tests.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import { WAGEUBN_RECIPE } from "../exec/int8/wageubn_network.ts";
import { EOQ_RECIPE, type EoqRecipe, type InputEncoding } from "../exec/recipe.ts";
import type { Plan } from "../plan/plan.ts";
import { smoothedPart as fp32SmoothedPart } from "./fp32/ends.ts";
import { batchNormParts, fixupParts } from "./fp32/network.ts";
import { smoothedPart as int8SmoothedPart } from "./int8/ends.ts";
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
  /** Whether labels are smoothed. */
  readonly smoothed?: boolean | undefined;
  /** Whether fp32 methods centre the gradients of weights; the method's own if absent. */
  readonly centredGradients?: boolean | undefined;
  /** Path of the kernels whose overhead is counted beside the reference; none if absent. */
  readonly isa?: string | undefined;
}

function partsOf(plan: Plan, method: Method, batch: number, settings: CountSettings): Part[] {
  const parts = networkParts(plan, method, batch, settings);
  return settings.smoothed ? [...parts, smoothing(plan, method, batch, settings)] : parts;
}

function smoothing(plan: Plan, method: Method, batch: number, { recipe }: CountSettings): Part {
  switch (method) {
    case "eoq":
      return int8SmoothedPart(plan, batch, { ...EOQ_RECIPE, ...recipe }.logitErrorRounding);
    case "wageubn":
      return int8SmoothedPart(plan, batch, WAGEUBN_RECIPE.logitErrorRounding);
    case "fixup-fp32":
    case "bn-fp32":
      return fp32SmoothedPart(plan, batch);
  }
}

function networkParts(plan: Plan, method: Method, batch: number, settings: CountSettings): Part[] {
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
