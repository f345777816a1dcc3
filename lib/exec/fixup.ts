/**
 * Fixup (Zhang et al., arXiv 1901.09321, section 3), whatever the arithmetic:
 * the standard deviation of each convolution's initial weights, and where the
 * scalars stand that take the place of a norm. How weights are drawn and how
 * scalars are stored is each arithmetic's own.
 *
 * @module
 */

import { type BlockPlan, branchEnds, type ConvPlan, type LayerPlan, type Plan } from "../plan/plan.ts";
import { type EoqRecipe, PAPER_RECIPE } from "./recipe.ts";

/** That of He et al. for ReLU, by fan out (arXiv 1502.01852). */
export function heDeviation({ kernel, outputs }: ConvPlan): number {
  return Math.sqrt(2 / (kernel * kernel * outputs));
}

/** What of the rule a recipe can change. */
export type FixupRule = Pick<EoqRecipe, "fixupScaling" | "branchGain" | "classifierGain" | "fixupZeros">;

/** Steps of {@linkcode EoqRecipe.branchGain} and {@linkcode EoqRecipe.classifierGain}. */
const GAIN_STEPS = 16;

/**
 * The gain by depth. With centred weights and gradients ResNet-20 learns best
 * at 3, which is He's deviation there (2 epochs: 60.9, 64.1 and 64.6 % at 1, 2
 * and 3), and ResNet-56 trains at it. ResNet-110, batch 32, trains at 1; at 2
 * its errors are all 0 after 200 steps, and at 3 it diverges without warm-up.
 */
function gainOf(branchGain: number, blocks: number): number {
  if (branchGain > 0) return branchGain / GAIN_STEPS;
  return blocks <= 27 ? 3 : 1;
}

/** L^(-1/(2m-2)): what keeps the sum of L branches of m convolutions, two or three, from growing with L. */
function branchScale(blocks: number, convs: number): number {
  // Square roots, which IEEE 754 defines to the last bit, as it does not powers.
  const root = 1 / Math.sqrt(blocks);
  return convs === 2 ? root : Math.sqrt(root);
}

/**
 * Standard deviations of the initial weights of every convolution, in the
 * order of `convolutions`; 0 for weights of zero. In a network with blocks:
 * outside of them by fan in; in a branch He's times L^(-1/(2m-2)) for L blocks
 * of m convolutions, but for its last convolution, which is zero; projections
 * He's. Without blocks: 2 over the fan in, He's for the forward pass. The
 * classifier is zero. A rule can leave out the factor and the zeros of the
 * branches, make the factor larger, up to 1, and let the classifier start at
 * so many 1/sqrt(inputs): errors then reach the layers below from the first
 * step on, which they do not through zeros.
 *
 * @param rule as published if absent
 */
export function fixupDeviations(plan: Plan, rule: FixupRule = PAPER_RECIPE): Map<ConvPlan, number> {
  const blocks = plan.layers.filter(({ kind }) => kind === "block").length;
  const deviations = plan.layers.flatMap((layer): [ConvPlan, number][] => {
    if (layer.kind === "block") return blockDeviations(layer.block, blocks, rule);
    if (layer.kind !== "conv") return [];
    const { kernel, inputs } = layer.conv;
    return [[layer.conv, Math.sqrt((blocks > 0 ? 1 : 2) / (kernel * kernel * inputs))]];
  });
  const { classifier } = plan;
  return new Map([...deviations, [classifier, rule.classifierGain / GAIN_STEPS / Math.sqrt(classifier.inputs)]]);
}

function blockDeviations(block: BlockPlan, blocks: number, rule: FixupRule): [ConvPlan, number][] {
  const { convs, shortcut } = block, { last } = branchEnds(block);
  const scale = rule.fixupScaling
    ? Math.min(1, gainOf(rule.branchGain, blocks) * branchScale(blocks, convs.length))
    : 1;
  const branch = convs.map((conv): [ConvPlan, number] => {
    return [conv, conv === last && rule.fixupZeros ? 0 : heDeviation(conv) * scale];
  });
  return shortcut.kind === "projection" ? [...branch, [shortcut.conv, heDeviation(shortcut.conv)]] : branch;
}

/** Indices of the biases around a convolution, -1 where there is none. */
export interface ConvBiases {
  /** Added to what the convolution reads. */
  readonly input: number;
  /** Added to its sums. */
  readonly output: number;
}

/** Indices of a network's scalars. */
export interface FixupLayout {
  /** Every convolution but projections and the classifier. */
  readonly convs: ReadonlyMap<ConvPlan, ConvBiases>;
  /** What multiplies the last convolution of a block. */
  readonly blocks: ReadonlyMap<BlockPlan, number>;
  /** The bias behind the average pool, -1 without one. */
  readonly pool: number;
  /** First of the classifier's biases. */
  readonly classifier: number;
  /** Biases in all, which come first. */
  readonly biases: number;
  /** Multipliers, which follow them. */
  readonly scales: number;
}

/**
 * Lays out the scalars of a plan (section 3, rule 3): all biases in the order
 * of the forward pass, those of the classifier last, then a multiplier for
 * each block. There is a bias in front of every convolution of a branch and of
 * the classifier behind an average pool, and one behind every convolution but
 * projections.
 *
 * @param classifierBiases how many biases of the classifier lie with the others: one a class, or 0
 */
export function fixupLayout(plan: Plan, classifierBiases: number): FixupLayout {
  const convs = new Map<ConvPlan, ConvBiases>();
  let next = 0, pool = -1;
  for (const layer of plan.layers) {
    if (layer.kind === "conv") convs.set(layer.conv, { input: -1, output: next++ });
    else if (layer.kind === "average-pool") pool = next++;
    else if (layer.kind === "block") {
      for (const conv of layer.block.convs) convs.set(conv, { input: next++, output: next++ });
    }
  }
  const blocks = plan.layers.filter(isBlock).map(({ block }) => block);
  const biases = next + classifierBiases;
  return {
    convs,
    blocks: new Map(blocks.map((block, i) => [block, biases + i])),
    pool,
    classifier: next,
    biases,
    scales: blocks.length,
  };
}

function isBlock(layer: LayerPlan): layer is Extract<LayerPlan, { kind: "block" }> {
  return layer.kind === "block";
}
