/**
 * The ReLU of a Fixup network with its scalars (kernels/fp32/fixup.c), what
 * `fixup-fp32` has in place of a norm:
 * relu(x * scale + before + residual) + behind.
 *
 * The reference always has a scale and a bias behind; where the network has
 * none they are one and zero. Overhead: partial sums.
 *
 * @module
 */

import { scalarLayout } from "../../exec/fp32/scalars.ts";
import { convElements, type Plan } from "../../plan/plan.ts";
import { sumOperations } from "../kinds.ts";
import type { Part } from "../parts.ts";
import { type Floats, floats } from "./kinds.ts";
import { sumOverhead } from "./lanes.ts";
import type { Norm } from "./unit.ts";
import { updateParameters } from "./update.ts";

const RELU: Floats = { multiplies: 1, adds: 2, compares: 1 };
const JOIN: Floats = { adds: 1 };
/** The mask, and the sums that are the gradients of the two biases. */
const RELU_GRADIENT: Floats = { adds: 2, compares: 1 };
/** The sum of its products with x, and the error of x. */
const SCALE_GRADIENT: Floats = { adds: 1, multiplies: 2 };
/** The bias that an identity goes without, taken off `before` once. */
const LESS: Floats = { adds: 1 };

/** What stands between the convolutions of a Fixup network. */
export function fixup(plan: Plan): Norm {
  const { relus, count: scalars } = scalarLayout(plan);
  return {
    unit({ conv, residual, skip }, { count, groups }) {
      const elements = count * convElements(conv).output;
      const { scale, behind } = relus.get(conv.name)!;
      const part = (phase: Part["phase"], ...each: Floats[]): Part => ({
        layer: conv.name,
        phase,
        operations: sumOperations(each.map((one) => floats(elements, one))),
      });
      const relu = (phase: Part["phase"], calls: number): Part[] => [
        part(phase, RELU, ...residual ? [JOIN] : []),
        { layer: conv.name, phase, operations: floats(calls, LESS) },
      ];
      const sums = scale < 0 ? 2 : 3;
      return [
        ...relu("forward", 1),
        ...relu("inference", groups),
        {
          ...part("backward", RELU_GRADIENT, ...scale < 0 ? [] : [SCALE_GRADIENT], ...skip ? [JOIN] : []),
          overhead: sumOverhead(elements, 1, behind < 0 ? sums - 1 : sums, sums),
        },
      ];
    },
    projection: () => [],
    shared: [updateParameters("scalars", scalars)],
  };
}
