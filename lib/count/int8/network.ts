/**
 * What the int8 methods count alike, as lib/exec/int8 runs it.
 *
 * @module
 */

import { needsWideGradients } from "../../exec/int8/room.ts";
import type { EoqRecipe, InputEncoding } from "../../exec/recipe.ts";
import { type BlockPlan, branchEnds, convElements, type ConvPlan, type Plan } from "../../plan/plan.ts";
import type { LayerOperations } from "../kinds.ts";
import { linesOf, type Part } from "../parts.ts";
import { dataParts, forwardParts, gradientParts } from "./convolution.ts";
import { blockError, maskedError } from "./elementwise.ts";
import {
  averagePoolBackward,
  averagePoolForward,
  inputParts,
  lossPart,
  maxPoolBackward,
  maxPoolForward,
} from "./ends.ts";
import { type Each, elements, quantized, type Quantizer, quantizerOf } from "./rounding.ts";
import { scalarsUpdate, weightsUpdate } from "./update.ts";

/** A batch, and how a method quantizes. */
export interface Setting {
  readonly count: number;
  readonly recipe: EoqRecipe;
  readonly input: InputEncoding;
}

/** Passes that go forward. */
export const FORWARD = ["forward", "inference"] as const;

/** How activations are quantized: inference rounds to nearest with the exact exponent. */
export function activations({ recipe }: Setting, phase: typeof FORWARD[number]): Quantizer {
  const training = quantizerOf(recipe, recipe.activationBits, recipe.activationRounding);
  return phase === "forward" ? training : { ...training, random: false, exact: true };
}

/** How errors are quantized. */
export function errors({ recipe }: Setting): Quantizer {
  return quantizerOf(recipe, recipe.errorBits, recipe.errorRounding);
}

/** So many elements an image of a batch at a convolution. */
export function atConv(
  { name: layer }: ConvPlan,
  phase: Part["phase"],
  { count }: Setting,
  elementsAnImage: number,
  each: Each,
): Part {
  return { layer, phase, operations: elements(count * elementsAnImage, each) };
}

/** The gradient of a convolution's weights, and their update. */
export function learntParts(conv: ConvPlan, { count, recipe }: Setting): Part[] {
  return [
    ...gradientParts(conv, count),
    weightsUpdate(conv.name, convElements(conv).weights, {
      weightBits: recipe.weightBits,
      decay: recipe.weightDecayShift > 0,
      wide: needsWideGradients(conv, count),
    }),
  ];
}

/** The error of what a convolution reads behind a ReLU. */
export function reluErrorParts(conv: ConvPlan, setting: Setting): Part[] {
  return [
    ...dataParts(conv, setting.count),
    atConv(conv, "backward", setting, convElements(conv).input, maskedError(errors(setting))),
  ];
}

/** The error of what a projection reads, from that of its sums, and its update. */
export function projectionBackward(conv: ConvPlan, setting: Setting): Part[] {
  return [
    ...dataParts(conv, setting.count),
    atConv(conv, "backward", setting, convElements(conv).input, quantized(errors(setting))),
    ...learntParts(conv, setting),
  ];
}

/** The errors between the convolutions of a block's branch and of its input, and the branch's updates. */
export function branchBackward(block: BlockPlan, setting: Setting): Part[] {
  const { convs } = block, { first } = branchEnds(block);
  return [
    ...convs.slice(1).flatMap((conv) => reluErrorParts(conv, setting)),
    ...dataParts(first, setting.count),
    { layer: first.name, phase: "backward", operations: blockError(block, setting.count, errors(setting)) },
    ...convs.flatMap((conv) => learntParts(conv, setting)),
  ];
}

function headParts(plan: Plan, setting: Setting): Part[] {
  const { classifier } = plan, { count, recipe } = setting;
  const last = plan.layers.at(-1), pool = last?.kind === "average-pool" ? last.input : undefined;
  return [
    ...FORWARD.flatMap((phase) => [
      ...pool ? [averagePoolForward(pool, phase, count, activations(setting, phase))] : [],
      ...forwardParts(classifier, phase, count, true),
      lossPart(plan, phase, count, recipe.logitErrorRounding),
    ]),
    ...pool
      ? [...dataParts(classifier, count), averagePoolBackward(pool, count, errors(setting))]
      : reluErrorParts(classifier, setting),
    ...learntParts(classifier, setting),
  ];
}

/** What a method does of its own. */
export interface Method {
  /** @param first whether it reads the images, whose error nobody wants */
  conv(conv: ConvPlan, first: boolean, setting: Setting): Part[];
  block(block: BlockPlan, setting: Setting): Part[];
  /** Scalars that are learnt, the classifier's biases among them. */
  readonly scalars: number;
}

/** Operations of a batch by layer and phase. */
export function countInt8(plan: Plan, method: Method, setting: Setting): LayerOperations[] {
  const { count, input } = setting;
  // What stands in front of it only flattens.
  const first = plan.layers.findIndex(({ kind }) => kind === "conv");
  return linesOf([
    ...FORWARD.map((phase) => inputParts(plan, phase, count, input)),
    ...plan.layers.flatMap((layer, i): Part[] => {
      switch (layer.kind) {
        case "conv":
          return method.conv(layer.conv, i === first, setting);
        case "block":
          return method.block(layer.block, setting);
        case "max-pool":
          return [
            ...FORWARD.map((phase) => maxPoolForward(layer.pool, phase, count)),
            maxPoolBackward(layer.pool, count, errors(setting)),
          ];
        default:
          return [];
      }
    }),
    ...headParts(plan, setting),
    scalarsUpdate(method.scalars),
  ]);
}
