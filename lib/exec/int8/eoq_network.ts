/**
 * EOQ: a network without batch norm, trained in int8 from its input to its
 * weights (arXiv 2105.13890).
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { frozenConvolutions } from "../../plan/trained.ts";
import type { Network, NetworkOptions } from "../network.ts";
import { EOQ_RECIPE } from "../recipe.ts";
import { blankWeights, initialWeights } from "./initialize.ts";
import { checkPlan, EOQ_LAYERS } from "./layers.ts";
import { bearsTwice, eoqExponent } from "./learning_rate.ts";
import { Int8Network } from "./network.ts";
import { Parameters, scalarLayout } from "./parameters.ts";

/** Makes an EOQ network with its initial weights. @throws {UserError} naming a layer that it cannot run. @throws {RunError} when memory is short. */
export function createEoqNetwork(options: NetworkOptions): Network {
  const { library, plan, batch, seed, weightDecay, input = "half", blank = false, train = "all", nesterov = false } =
    options;
  if (weightDecay) throw new UserError("weight decay: eoq takes powers of two, as --set weightDecayShift=N for 2^-N");
  checkPlan(plan);
  const recipe = { ...EOQ_RECIPE, ...options.recipe };
  return new Int8Network(options, {
    method: "eoq",
    parameters: new Parameters(library, plan, {
      seed,
      recipe,
      batch,
      nesterov,
      frozen: frozenConvolutions(plan, train),
      initial: blank ? blankWeights(plan) : initialWeights(plan, seed, recipe),
      layout: scalarLayout(plan),
    }),
    layers: EOQ_LAYERS,
    hasStatistics: false,
    rateExponent: eoqExponent(batch, input, bearsTwice(plan, recipe)),
  });
}
