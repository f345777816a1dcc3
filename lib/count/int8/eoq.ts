/**
 * Operations of `eoq`: convolutions with Fixup's scalars around them.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { scalarLayout } from "../../exec/int8/parameters.ts";
import { EOQ_RECIPE } from "../../exec/recipe.ts";
import { type BlockPlan, branchEnds, convElements, type ConvPlan, type Plan } from "../../plan/plan.ts";
import type { Move, Part } from "../parts.ts";
import type { CountSettings } from "../settings.ts";
import { forwardParts } from "./convolution.ts";
import { activate, addBias, residual, residualBackward } from "./elementwise.ts";
import {
  activations,
  atConv,
  branchBackward,
  errors,
  FORWARD,
  int8Parts,
  learntParts,
  padParts,
  projectionBackward,
  reluErrorParts,
  type Setting,
} from "./network.ts";
import { outputMoves, reads, residualMoves } from "./moves.ts";
import { quantized } from "./rounding.ts";

/** A convolution with its bias and ReLU. */
function reluForward(conv: ConvPlan, setting: Setting): Part[] {
  return FORWARD.flatMap((phase) => {
    const quantizer = activations(setting, phase), training = phase === "forward";
    const moves = (all: number) => outputMoves(all, quantizer, training);
    return [
      ...forwardParts(conv, phase, setting.count, true),
      atConv(conv, phase, setting, convElements(conv).output, activate(quantizer, training), moves),
    ];
  });
}

/** A convolution that is quantized as it is. */
function plainForward(conv: ConvPlan, setting: Setting): Part[] {
  return FORWARD.flatMap((phase) => {
    const quantizer = activations(setting, phase), moves = (all: number) => outputMoves(all, quantizer, false);
    return [
      ...forwardParts(conv, phase, setting.count, false),
      atConv(conv, phase, setting, convElements(conv).output, quantized(quantizer), moves),
    ];
  });
}

function projectionParts(conv: ConvPlan, setting: Setting): Part[] {
  return [
    ...plainForward(conv, setting),
    ...projectionBackward(conv, setting),
  ];
}

/** The error and z, read once; rounded stochastically another time, over what was written to nearest. */
function backwardMoves(all: number, setting: Setting): Move[] {
  const passes = errors(setting).random ? 2 : 1;
  return [reads("activations", passes * all), { tensor: "errors", read: passes * all, written: passes * all }];
}

function blockParts(block: BlockPlan, setting: Setting): Part[] {
  const { convs, shortcut } = block, { first, last } = branchEnds(block);
  const { input } = convElements(first), { output } = convElements(last);
  const once = (all: number): Move[] => [{ tensor: "activations", read: all, written: all }];
  return [
    ...FORWARD.flatMap((phase) => [
      atConv(first, phase, setting, input, addBias(activations(setting, phase)), once),
      ...padParts(block, phase, setting),
    ]),
    ...convs.slice(0, -1).flatMap((conv) => reluForward(conv, setting)),
    ...plainForward(last, setting),
    ...FORWARD.map((phase) => {
      const quantizer = activations(setting, phase);
      const moves = (all: number) => residualMoves(all, quantizer, phase === "forward");
      return atConv(last, phase, setting, output, residual(quantizer), moves);
    }),
    ...shortcut.kind === "projection" ? projectionParts(shortcut.conv, setting) : [],
    atConv(last, "backward", setting, output, residualBackward(errors(setting)), (all) => backwardMoves(all, setting)),
    ...branchBackward(block, setting),
  ];
}

/** What `eoq` executes and moves for a batch. @throws {UserError} for flags, whose second convolutions have no formulas. */
export function eoqParts(plan: Plan, batch: number, settings: CountSettings): Part[] {
  const recipe = { ...EOQ_RECIPE, ...settings.recipe };
  if (recipe.errorQuantizer === "flag") throw new UserError("errorQuantizer=flag: its operations are not counted");
  const { biases, scales } = scalarLayout(plan);
  return int8Parts(plan, {
    conv: (conv, first, setting) => [
      ...reluForward(conv, setting),
      ...first ? [] : reluErrorParts(conv, setting),
      ...learntParts(conv, setting),
    ],
    block: blockParts,
    scalars: biases + scales,
  }, { ...settings, count: batch, recipe });
}
