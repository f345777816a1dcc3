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

import type { Tensor } from "../../native/tensor.ts";
import type { Number } from "../../native/words.ts";
import { type Counted, fixed, type SomeFormulas } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { type Floats, floats, moved } from "./kinds.ts";
import { sumOverhead } from "./lanes.ts";

const RELU: Floats = { multiplies: 1, adds: 2, compares: 1 };
const JOIN: Floats = { adds: 1 };
/** The bias that an identity goes without, taken off `before` once. */
const LESS: Floats = { adds: 1 };
/** The mask, and the sums that are the gradients of the two biases. */
const RELU_GRADIENT: Floats = { adds: 2, compares: 1 };
/** The sum of its products with x, and the error of x. */
const SCALE_GRADIENT: Floats = { adds: 1, multiplies: 2 };

function present(indices: readonly Number[]): number {
  return indices.filter((index) => fixed(index) >= 0).length;
}

/**
 * The mask and the gradients of the scalars, which are sums over all elements.
 *
 * @param tensors that are read and written: one, or with a scale two
 */
function backward(count: number, skip: Tensor | undefined, scalars: readonly Number[], tensors: 1 | 2): Counted {
  const kept = present(scalars), scaled = tensors === 2;
  return {
    operations: sumOperations([
      floats(count, RELU_GRADIENT),
      scaled ? floats(count, SCALE_GRADIENT) : {},
      skip === undefined ? {} : floats(count, JOIN),
    ]),
    overhead: sumOverhead(count, 1, kept, scaled ? 3 : 2),
    moves: [
      moved("activations", tensors * count),
      moved("errors", skip === undefined ? count : 2 * count, tensors * count),
      moved("weights", kept),
      moved("gradients", 0, kept),
    ],
  };
}

/** Formulas of the ReLU. */
export const FP32_FIXUP = {
  fp32_fixup_relu_forward({ residual, scale, before, less, behind, count }) {
    const all = fixed(count);
    return {
      operations: sumOperations([
        floats(all, RELU),
        residual === undefined ? {} : floats(all, JOIN),
        floats(1, LESS),
      ]),
      moves: [
        moved("activations", residual === undefined ? all : 2 * all, all),
        moved("weights", present([scale, before, less, behind])),
      ],
    };
  },
  fp32_fixup_relu_backward: ({ skip, before, behind, count }) => backward(fixed(count), skip, [before, behind], 1),
  fp32_fixup_residual_backward: ({ skip, scale, before, behind, count }) =>
    backward(fixed(count), skip, [scale, before, behind], 2),
} satisfies SomeFormulas;
