/**
 * Which layers of a network a run trains: the others are frozen. Frozen is all
 * from the images up to some layer, so the way back ends where nothing below
 * it is trained.
 *
 * A layer is what has weights and cannot be cut: a convolution outside of
 * blocks, a residual block with its shortcut, the classifier. A pool belongs to
 * the layer below it, but that over all pixels, which has no weights, to the
 * classifier. The bias in front of the first trained convolution is frozen
 * with what is below: its gradient is on the way on.
 *
 * @module
 */

import { convElements, convolutions, type ConvPlan, layerConvolutions, type LayerPlan, type Plan } from "./plan.ts";

/** All layers, the classifier alone, or the last so many of those that have weights, the classifier among them. */
export type Trained = "all" | "classifier" | `last:${number}`;

/** The words of {@linkcode Trained}. */
export const TRAINED_WORDS = /^(all|classifier|last:[1-9]\d{0,5})$/;

/** Whether a word is a {@linkcode Trained}; whether a plan has as many layers, {@linkcode firstTrained} says. */
export function isTrained(word: string): word is Trained {
  return TRAINED_WORDS.test(word);
}

/** Names of the layers that have weights, in forward order, with their places in `plan.layers`. */
function layersWithWeights({ layers, classifier }: Plan): { name: string; at: number }[] {
  const named = layers.map((layer, at) => ({ name: layerName(layer), at }));
  return [
    ...named.filter((each): each is { name: string; at: number } => each.name !== undefined),
    { name: classifier.name, at: layers.length },
  ];
}

/** Undefined of a layer without weights. */
function layerName(layer: LayerPlan): string | undefined {
  return layer.kind === "block" ? layer.block.name : layer.kind === "conv" ? layer.conv.name : undefined;
}

/**
 * The place in `plan.layers` of the first layer that is trained; their number where the classifier alone is, and 0
 * where nothing is frozen.
 *
 * @throws {RangeError} when the plan has fewer layers with weights.
 */
export function firstTrained(plan: Plan, trained: Trained): number {
  if (trained === "all") return 0;
  const layers = layersWithWeights(plan), count = trained === "classifier" ? 1 : Number(trained.slice("last:".length));
  if (count > layers.length) {
    throw new RangeError(`${trained}: ${plan.model} has ${layers.length} layers with weights, a block being one`);
  }
  return count === layers.length ? 0 : layers[layers.length - count]!.at;
}

/** Every convolution that is frozen, in forward order. */
export function frozenConvolutions(plan: Plan, trained: Trained): ConvPlan[] {
  return plan.layers.slice(0, firstTrained(plan, trained)).flatMap(layerConvolutions);
}

/** What of a network is trained. */
export interface TrainedPart {
  /** Names of the trained layers, in forward order. */
  readonly layers: readonly string[];
  /** Their weights; biases and norms are the method's. */
  readonly weights: number;
  /** Those of the whole network. */
  readonly of: number;
}

/** What of a network is trained. @throws {RangeError} as {@linkcode firstTrained}. */
export function trainedPart(plan: Plan, trained: Trained): TrainedPart {
  const first = firstTrained(plan, trained), frozen = new Set(frozenConvolutions(plan, trained));
  const weights = (convs: readonly ConvPlan[]) => convs.reduce((sum, conv) => sum + convElements(conv).weights, 0);
  const all = convolutions(plan);
  return {
    layers: layersWithWeights(plan).filter(({ at }) => at >= first).map(({ name }) => name),
    weights: weights(all.filter((conv) => !frozen.has(conv))),
    of: weights(all),
  };
}

/** A part in words: `stage3.block3 to classifier, 74,368 of 268,336 weights`. */
export function trainedPartText({ layers, weights, of }: TrainedPart): string {
  const count = (value: number) => value.toLocaleString("en-US");
  const names = layers.length === 1 ? "" : `${layers[0]} to ${layers.at(-1)}, `;
  return `${names}${count(weights)} of ${count(of)} weights`;
}
