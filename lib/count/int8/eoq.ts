/**
 * Operations of `eoq`: convolutions with Fixup's scalars around them.
 *
 * @module
 */

import { scalarLayout } from "../../exec/int8/scalars.ts";
import { EOQ_RECIPE, type EoqRecipe, type InputEncoding } from "../../exec/recipe.ts";
import { type BlockPlan, branchEnds, convElements, type ConvPlan, type Plan } from "../../plan/plan.ts";
import type { LayerOperations } from "../kinds.ts";
import type { Part } from "../parts.ts";
import { forwardParts } from "./convolution.ts";
import { activate, addBias, residual, residualBackward } from "./elementwise.ts";
import {
  activations,
  atConv,
  branchBackward,
  countInt8,
  errors,
  FORWARD,
  learntParts,
  projectionBackward,
  reluErrorParts,
  type Setting,
} from "./network.ts";
import { quantized } from "./rounding.ts";

/** A convolution with its bias and ReLU. */
function reluForward(conv: ConvPlan, setting: Setting): Part[] {
  return FORWARD.flatMap((phase) => [
    ...forwardParts(conv, phase, setting.count, true),
    atConv(conv, phase, setting, convElements(conv).output, activate(activations(setting, phase), phase === "forward")),
  ]);
}

/** A convolution that is quantized as it is. */
function plainForward(conv: ConvPlan, setting: Setting): Part[] {
  return FORWARD.flatMap((phase) => [
    ...forwardParts(conv, phase, setting.count, false),
    atConv(conv, phase, setting, convElements(conv).output, quantized(activations(setting, phase))),
  ]);
}

function projectionParts(conv: ConvPlan, setting: Setting): Part[] {
  return [
    ...plainForward(conv, setting),
    ...projectionBackward(conv, setting),
  ];
}

function blockParts(block: BlockPlan, setting: Setting): Part[] {
  const { convs, shortcut } = block, { first, last } = branchEnds(block);
  const { input } = convElements(first), { output } = convElements(last);
  return [
    ...FORWARD.map((phase) => atConv(first, phase, setting, input, addBias(activations(setting, phase)))),
    ...convs.slice(0, -1).flatMap((conv) => reluForward(conv, setting)),
    ...plainForward(last, setting),
    ...FORWARD.map((phase) => atConv(last, phase, setting, output, residual(activations(setting, phase)))),
    ...shortcut.kind === "projection" ? projectionParts(shortcut.conv, setting) : [],
    atConv(last, "backward", setting, output, residualBackward(errors(setting))),
    ...branchBackward(block, setting),
  ];
}

/** Operations of a batch by layer and phase. */
export function countEoq(
  plan: Plan,
  batch: number,
  recipe: Partial<EoqRecipe> = {},
  input: InputEncoding = "half",
): LayerOperations[] {
  const { biases, scales } = scalarLayout(plan);
  return countInt8(plan, {
    conv: (conv, first, setting) => [
      ...reluForward(conv, setting),
      ...first ? [] : reluErrorParts(conv, setting),
      ...learntParts(conv, setting),
    ],
    block: blockParts,
    scalars: biases + scales,
  }, { count: batch, recipe: { ...EOQ_RECIPE, ...recipe }, input });
}
