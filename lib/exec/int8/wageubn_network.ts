/**
 * WAGEUBN: a network with batch norm, trained in integers (arXiv 1909.02384):
 * int8 weights, activations, errors and gradients; of a weight, gamma or beta
 * 24 bits are stored and the top 8 computed with; momentum is 24 bits; the
 * normalised sums are 16 bits, gamma and beta 8.
 *
 * Where it differs from the paper: first and last layer are int8 too;
 * activations are shift-quantized to 8 bits (there in a fixed step), errors too
 * but rounded stochastically (there 8 bits with a flag); gradients of gamma and beta are
 * 8 bits (15); mean and deviation come from exact sums with more than 16 bits,
 * and 2^-17 joins the variance, not the deviation; momentum is 7/8 (3/4);
 * weights are bounded by four standard deviations of their start.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { convolutions } from "../../plan/plan.ts";
import { frozenConvolutions } from "../../plan/trained.ts";
import type { Network, NetworkOptions } from "../network.ts";
import { type EoqRecipe, PAPER_RECIPE } from "../recipe.ts";
import { blankWeights, heWeights } from "./initialize.ts";
import { checkPlan, NORM_LAYERS } from "./layers.ts";
import { WAGEUBN_EXPONENT } from "./learning_rate.ts";
import { Int8Network } from "./network.ts";
import { classifierLayout, Parameters } from "./parameters.ts";

/**
 * To nearest, the many small errors behind the few large ones become zero, and
 * what is left pulls betas down: a ResNet-20 on CIFAR-10 lost whole ReLUs from
 * epoch 5 on and fell to 10 % by epoch 13.
 */
const ERROR_ROUNDING = "stochastic";

/** The paper's weight decay of 1e-4 as a power of two; gammas and betas have none. */
const WEIGHT_DECAY_SHIFT = 13;

/** What of the recipe WAGEUBN shares, and what it does differently. */
export const WAGEUBN_RECIPE: EoqRecipe = {
  ...PAPER_RECIPE,
  errorRounding: ERROR_ROUNDING,
  weightBits: 24,
  weightDecayShift: WEIGHT_DECAY_SHIFT,
};

/** Makes a WAGEUBN network with its initial weights. @throws {UserError} naming a layer that it cannot run. @throws {RunError} when memory is short. */
export function createWageubnNetwork(options: NetworkOptions): Network {
  const { library, plan, batch, seed, weightDecay, blank = false, train = "all", nesterov = false } = options;
  if (weightDecay) throw new UserError(`weight decay: that of wageubn is 2^-${WEIGHT_DECAY_SHIFT}`);
  checkPlan(plan);
  return new Int8Network(options, {
    method: "wageubn",
    parameters: new Parameters(library, plan, {
      seed,
      recipe: WAGEUBN_RECIPE,
      batch,
      nesterov,
      frozen: frozenConvolutions(plan, train),
      initial: blank ? blankWeights(plan) : heWeights(plan, seed),
      layout: classifierLayout(plan),
      norms: convolutions(plan).slice(0, -1),
    }),
    layers: NORM_LAYERS,
    hasStatistics: true,
    rateExponent: WAGEUBN_EXPONENT,
  });
}
