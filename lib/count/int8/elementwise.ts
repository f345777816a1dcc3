/**
 * What int8 networks do to elements between their convolutions
 * (kernels/int8/elementwise.inc and whoever calls it).
 *
 * @module
 */

import { type BlockPlan, blockStride, branchEnds, convElements } from "../../plan/plan.ts";
import { sumOperations } from "../kinds.ts";
import type { Part } from "../parts.ts";
import { joinMoves } from "./moves.ts";
import { type Each, elements, narrowed, QUANTIZE, QUANTIZE_RANDOMLY, quantized, type Quantizer } from "./rounding.ts";

/** ReLU and the bias behind it, which may be zero; training keeps a mask. */
export function activate(quantizer: Quantizer, training: boolean): Each {
  return sumOperations([
    { "compare": training || quantizer.random ? 2 : 1, "int32-add": 1 },
    quantized(quantizer),
  ]);
}

/** The bias of a block's input. */
export function addBias(quantizer: Quantizer): Each {
  return sumOperations([{ "int32-multiply": 1, "int32-add": 1 }, quantized(quantizer)]);
}

/** z * factor + shortcut * factor + bias: the products align the two. */
const JOINED: Each = { "int32-multiply": 2, "int32-add": 2 };

/**
 * The end of a Fixup block: the sum, its ReLU, mask and maximum. With the exact
 * exponent one pass does it all, by the last step's shift, which is nearly
 * always right; another pass where it was not is not counted.
 */
export function residual(quantizer: Quantizer): Each {
  const { random, exact } = quantizer;
  const pass = [JOINED, { "compare": random ? 2 : 3 }, quantized(quantizer)];
  return sumOperations(exact && !random ? pass : [JOINED, { "compare": 1 }, ...pass]);
}

/** The same backward: the gradients of the scale and of the bias, and the error of z. */
export function residualBackward(quantizer: Quantizer): Each {
  return sumOperations([
    { "int8-multiply": 1, "int32-add": 2 },
    { "int32-multiply": 1, "int32-add": 1 },
    QUANTIZE,
    ...quantizer.random ? [JOINED, QUANTIZE_RANDOMLY] : [],
    narrowed(quantizer),
  ]);
}

/** An error behind a ReLU: its extremes, its sums before and behind the mask, and its quantization. */
export function maskedError(quantizer: Quantizer): Each {
  return sumOperations([{ "compare": 2, "int64-add": 2 }, quantized(quantizer)]);
}

/** The error of a shortcut, aligned with the sums that it joins. */
const JOIN_ERROR: Each = { "shift": 2, "int32-multiply": 1, "int32-add": 2 };
/** The gradient of the bias that an identity goes around. */
const BIAS_SUM: Each = { "int64-add": 1 };

/** The error of a block's input: the branch's joined by the shortcut's, masked and quantized. */
export function blockError(block: BlockPlan, count: number, quantizer: Quantizer): Pick<Part, "operations" | "moves"> {
  const { first } = branchEnds(block), all = count * convElements(first).input;
  const kind = block.shortcut.kind, stride = kind === "pad" ? blockStride(block) : 1;
  const reached = count * Math.ceil(first.height / stride) * Math.ceil(first.width / stride) * first.inputs;
  return {
    operations: sumOperations([
      elements(reached, JOIN_ERROR),
      elements(all, kind === "identity" ? BIAS_SUM : {}, maskedError(quantizer)),
    ]),
    moves: joinMoves(all, reached, kind === "pad", quantizer),
  };
}
