/**
 * Operations of `wageubn`: convolutions with batch norm in integers behind them.
 *
 * @module
 */

import { WAGEUBN_RECIPE } from "../../exec/int8/wageubn_network.ts";
import { convElements, type ConvPlan, type Plan } from "../../plan/plan.ts";
import type { Part } from "../parts.ts";
import type { CountSettings } from "../settings.ts";
import { forwardParts } from "./convolution.ts";
import {
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
import { SUM, writes } from "./moves.ts";
import { type Behind, normParts } from "./norm.ts";

function unitParts(conv: ConvPlan, setting: Setting, behind: Behind): Part[] {
  const { count } = setting;
  return [
    ...FORWARD.flatMap((phase) => [
      ...forwardParts(conv, phase, count, false),
      atConv(conv, phase, setting, convElements(conv).output, {}, (all) => [writes("activations", SUM * all)]),
    ]),
    ...normParts(conv, count, behind, errors(setting)),
  ];
}

function projectionParts(conv: ConvPlan, setting: Setting): Part[] {
  return [...unitParts(conv, setting, { residual: false, relu: false }), ...projectionBackward(conv, setting)];
}

/** What `wageubn` executes and moves for a batch. */
export function wageubnParts(plan: Plan, batch: number, settings: CountSettings): Part[] {
  return int8Parts(plan, {
    conv: (conv, first, setting) => [
      ...unitParts(conv, setting, { residual: false, relu: true }),
      ...first ? [] : reluErrorParts(conv, setting),
      ...learntParts(conv, setting),
    ],
    block: (block, setting) => [
      ...FORWARD.flatMap((phase) => padParts(block, phase, setting)),
      ...block.convs.flatMap((conv, i) =>
        unitParts(conv, setting, { residual: i === block.convs.length - 1, relu: true })
      ),
      ...block.shortcut.kind === "projection" ? projectionParts(block.shortcut.conv, setting) : [],
      ...branchBackward(block, setting),
    ],
    scalars: plan.classes,
  }, { ...settings, count: batch, recipe: WAGEUBN_RECIPE });
}
