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
import { type Floats, floats, moved } from "./kinds.ts";
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
      const { scale, less, behind, before } = relus.get(conv)!;
      const present = (...indices: number[]) => indices.filter((index) => index >= 0).length;
      const operations = (...each: Floats[]) => sumOperations(each.map((one) => floats(elements, one)));
      const relu = (phase: Part["phase"], calls: number): Part => ({
        layer: conv.name,
        phase,
        operations: sumOperations([operations(RELU, ...residual ? [JOIN] : []), floats(calls, LESS)]),
        moves: [
          moved("activations", residual ? 2 * elements : elements, elements),
          moved("weights", calls * present(scale, before, less, behind)),
        ],
      });
      const scaled = scale >= 0, sums = scaled ? 3 : 2, kept = present(scale, before, behind);
      return [
        relu("forward", 1),
        relu("inference", groups),
        {
          layer: conv.name,
          phase: "backward",
          operations: operations(RELU_GRADIENT, ...scaled ? [SCALE_GRADIENT] : [], ...skip ? [JOIN] : []),
          overhead: sumOverhead(elements, 1, kept, sums),
          moves: [
            moved("activations", scaled ? 2 * elements : elements),
            moved("errors", skip ? 2 * elements : elements, scaled ? 2 * elements : elements),
            moved("weights", kept),
            moved("gradients", 0, kept),
          ],
        },
      ];
    },
    projection: () => [],
    shared: [updateParameters("scalars", scalars)],
  };
}
