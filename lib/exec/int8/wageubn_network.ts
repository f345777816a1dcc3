/**
 * WAGEUBN: a network with batch norm, trained in integers (arXiv 1909.02384):
 * int8 weights, activations, errors and gradients, 24 bits of each weight
 * stored.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { convolutions } from "../../plan/plan.ts";
import type { NetworkOptions } from "../methods.ts";
import type { Network } from "../network.ts";
import { EOQ_RECIPE } from "../recipe.ts";
import { heWeights } from "./initialize.ts";
import { checkPlan, normLayers } from "./layers.ts";
import { WAGEUBN_EXPONENT } from "./learning_rate.ts";
import { Int8Network } from "./network.ts";
import { Parameters } from "./parameters.ts";
import { classifierLayout } from "./scalars.ts";

/** Makes a WAGEUBN network with its initial weights. @throws {UserError} naming a layer that it cannot run. @throws {RunError} when memory is short. */
export function createWageubnNetwork(options: NetworkOptions): Network {
  const { library, plan, batch, seed, weightDecay } = options;
  if (weightDecay) throw new UserError("weight decay: wageubn has none, its weights are bounded by their range");
  checkPlan(plan);
  const projected = plan.layers.find((each) => each.kind === "block" && each.block.shortcut.kind === "projection");
  if (projected !== undefined) throw new UserError(`${plan.model}: wageubn has no batch norm for projection shortcuts`);
  return new Int8Network(options, {
    method: "wageubn",
    parameters: new Parameters(library, plan, {
      recipe: { ...EOQ_RECIPE, weightBits: 24 },
      batch,
      initial: heWeights(plan, seed),
      layout: classifierLayout(plan),
      norms: convolutions(plan).slice(0, -1),
    }),
    lineUp: normLayers,
    rateExponent: WAGEUBN_EXPONENT,
  });
}
