/**
 * Operations of `wageubn`: convolutions with batch norm in integers behind them.
 *
 * @module
 */

import { WAGEUBN_RECIPE } from "../../exec/int8/wageubn_network.ts";
import type { InputEncoding } from "../../exec/recipe.ts";
import type { ConvPlan, Plan } from "../../plan/plan.ts";
import type { LayerOperations } from "../kinds.ts";
import type { Part } from "../parts.ts";
import { forwardParts } from "./convolution.ts";
import {
  branchBackward,
  countInt8,
  errors,
  FORWARD,
  learntParts,
  projectionBackward,
  reluErrorParts,
  type Setting,
} from "./network.ts";
import { type Behind, normParts } from "./norm.ts";

function unitParts(conv: ConvPlan, setting: Setting, behind: Behind): Part[] {
  const { count } = setting;
  return [
    ...FORWARD.flatMap((phase) => forwardParts(conv, phase, count, false)),
    ...normParts(conv, count, behind, errors(setting)),
  ];
}

function projectionParts(conv: ConvPlan, setting: Setting): Part[] {
  return [...unitParts(conv, setting, { residual: false, relu: false }), ...projectionBackward(conv, setting)];
}

/** Operations of a batch by layer and phase. */
export function countWageubn(plan: Plan, batch: number, input: InputEncoding = "half"): LayerOperations[] {
  return countInt8(plan, {
    conv: (conv, first, setting) => [
      ...unitParts(conv, setting, { residual: false, relu: true }),
      ...first ? [] : reluErrorParts(conv, setting),
      ...learntParts(conv, setting),
    ],
    block: (block, setting) => [
      ...block.convs.flatMap((conv, i) =>
        unitParts(conv, setting, { residual: i === block.convs.length - 1, relu: true })
      ),
      ...block.shortcut.kind === "projection" ? projectionParts(block.shortcut.conv, setting) : [],
      ...branchBackward(block, setting),
    ],
    scalars: plan.classes,
  }, { count: batch, recipe: WAGEUBN_RECIPE, input });
}
