/**
 * What the int8 methods count alike, as lib/exec/int8 runs it.
 *
 * @module
 */

import { needsWideGradients } from "../../exec/int8/training_room.ts";
import type { EoqRecipe } from "../../exec/recipe.ts";
import { type BlockPlan, branchEnds, convElements, convolutions, type ConvPlan, type Plan } from "../../plan/plan.ts";
import type { Move, Part } from "../parts.ts";
import type { CountSettings } from "../settings.ts";
import { dataParts, forwardParts, gradientParts } from "./convolution.ts";
import { blockError, maskedError } from "./elementwise.ts";
import {
  averagePoolBackward,
  averagePoolForward,
  inputParts,
  lossPart,
  maxPoolBackward,
  maxPoolForward,
  smoothedPart,
} from "./ends.ts";
import { errorMoves, reads, SUM, writes } from "./moves.ts";
import { type Each, elements, quantized, type Quantizer, quantizerOf } from "./rounding.ts";
import { simdOverhead } from "./simd.ts";
import { scalarsUpdate, weightsUpdate } from "./update.ts";

/** A batch, and how a method quantizes. */
export interface Setting extends Omit<CountSettings, "recipe"> {
  readonly count: number;
  /** All of it. */
  readonly recipe: EoqRecipe;
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

/** So many elements an image of a batch at a convolution, and the bytes that all of them move. */
export function atConv(
  { name: layer }: ConvPlan,
  phase: Part["phase"],
  { count }: Setting,
  elementsAnImage: number,
  each: Each,
  moves: (all: number) => Move[] = () => [],
): Part {
  const all = count * elementsAnImage;
  return { layer, phase, operations: elements(all, each), moves: moves(all) };
}

/** The gradient of a convolution's weights, and their update. */
export function learntParts(conv: ConvPlan, { count, recipe }: Setting): Part[] {
  return [
    ...gradientParts(conv, count),
    weightsUpdate(conv.name, conv.outputs, convElements(conv).weights, {
      weightBits: recipe.weightBits,
      errorFeedback: recipe.errorFeedback,
      centredGradients: recipe.centredGradients,
      decay: recipe.weightDecayShift > 0,
      wide: needsWideGradients(conv, count),
    }),
  ];
}

/** The error of what a convolution reads behind a ReLU. */
export function reluErrorParts(conv: ConvPlan, setting: Setting): Part[] {
  const quantizer = errors(setting), moves = (all: number) => errorMoves(all, quantizer);
  return [
    ...dataParts(conv, setting.count),
    atConv(conv, "backward", setting, convElements(conv).input, maskedError(quantizer), moves),
  ];
}

/** The error of what a projection reads, from that of its sums, and its update. */
export function projectionBackward(conv: ConvPlan, setting: Setting): Part[] {
  return [
    ...dataParts(conv, setting.count),
    atConv(conv, "backward", setting, convElements(conv).input, quantized(errors(setting)), (all) => [
      { tensor: "errors", read: SUM * all, written: SUM * all + all },
    ]),
    ...learntParts(conv, setting),
  ];
}

/** A shortcut that drops pixels and appends channels: a copy. */
export function padParts({ convs, shortcut }: BlockPlan, phase: Part["phase"], { count }: Setting): Part[] {
  if (shortcut.kind !== "pad") return [];
  const [first, last] = [convs[0]!, convs.at(-1)!], output = count * convElements(last).output;
  const moves = [reads("activations", output / last.outputs * first.inputs), writes("activations", output)];
  return [{ layer: first.name, phase, operations: {}, moves }];
}

/** The errors between the convolutions of a block's branch and of its input, and the branch's updates. */
export function branchBackward(block: BlockPlan, setting: Setting): Part[] {
  const { convs } = block, { first } = branchEnds(block);
  return [
    ...convs.slice(1).flatMap((conv) => reluErrorParts(conv, setting)),
    ...dataParts(first, setting.count),
    { layer: first.name, phase: "backward", ...blockError(block, setting.count, errors(setting)) },
    ...convs.flatMap((conv) => learntParts(conv, setting)),
  ];
}

function headParts(plan: Plan, setting: Setting): Part[] {
  const { classifier } = plan, { count, recipe } = setting;
  const sums = (tensor: Move["tensor"]) => (all: number) => [writes(tensor, SUM * all)];
  const last = plan.layers.at(-1), pool = last?.kind === "average-pool" ? last.input : undefined;
  return [
    ...FORWARD.flatMap((phase) => [
      ...pool ? [averagePoolForward(pool, phase, count, activations(setting, phase))] : [],
      ...forwardParts(classifier, phase, count, true),
      atConv(classifier, phase, setting, classifier.outputs, {}, sums("activations")),
      lossPart(plan, phase, count, recipe.logitErrorRounding),
    ]),
    ...pool
      ? [
        ...dataParts(classifier, count),
        atConv(classifier, "backward", setting, classifier.inputs, {}, sums("errors")),
        averagePoolBackward(pool, count, errors(setting)),
      ]
      : reluErrorParts(classifier, setting),
    ...learntParts(classifier, setting),
  ];
}

/** What the SIMD kernels do beside the reference. */
function overheadParts(plan: Plan, { count, isa = "scalar" }: Setting): Part[] {
  return convolutions(plan).flatMap((conv, i): Part[] => {
    const { forward, data } = simdOverhead(conv, isa, count);
    const part = (phase: Part["phase"], overhead: Part["operations"]) => ({
      layer: conv.name,
      phase,
      operations: {},
      overhead,
    });
    return [...FORWARD.map((phase) => part(phase, forward)), ...i === 0 ? [] : [part("backward", data)]];
  });
}

/** What a method does of its own. */
export interface Method {
  /** @param first whether it reads the images, whose error nobody wants */
  conv(conv: ConvPlan, first: boolean, setting: Setting): Part[];
  block(block: BlockPlan, setting: Setting): Part[];
  /** Scalars that are learnt, the classifier's biases among them. */
  readonly scalars: number;
}

/** What a method executes and moves for a batch. */
export function int8Parts(plan: Plan, method: Method, setting: Setting): Part[] {
  const { count, input = "half" } = setting;
  // What stands in front of it only flattens.
  const first = plan.layers.findIndex(({ kind }) => kind === "conv");
  return [
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
    ...setting.smoothed ? [smoothedPart(plan, count, setting.recipe.logitErrorRounding)] : [],
    scalarsUpdate(method.scalars),
    ...overheadParts(plan, setting),
  ];
}
