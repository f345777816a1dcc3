/**
 * The int8 convolutions (kernels/int8/conv_reference.c, conv_weights.c,
 * flag.c), alone and with what follows them.
 *
 * A flagged error is two tensors, and its convolutions are two.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { MAX_INT32_PRODUCTS } from "../../exec/int8/number.ts";
import { outputSize } from "../../plan/plan.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Words } from "../../native/words.ts";
import { type Counted, type Each, elements, type Setting, type SomeFormulas, together } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { convPass, type ConvSizes, type ConvWords, sizesOf } from "../pass.ts";
import { activated, quantizedSums } from "./activation.ts";
import { joinedError, maskedError } from "./error.ts";
import { reads, SUM, WIDE_SUM, writes } from "./moves.ts";
import { ROUND, SCALE, takesAtHand } from "./rounding.ts";

const PRODUCT: Each = { "int8-multiply": 1, "int32-add": 1 };
/** Smallest and largest sum. */
const EXTREMES: Each = { "compare": 2 };
/** The sums of the coarse part of an error and of its fine one, aligned, and the extremes of what they come to. */
const JOIN_PARTS: Each = sumOperations([{ "shift": 1, "int32-add": 1 }, ROUND, EXTREMES]);

/**
 * Sums of a batch with their extremes, which move where they go from here; a
 * bias is aligned once an output channel and is where a sum starts.
 */
function forwardSums(words: ConvWords, scalars: Tensor | undefined, { path }: Setting): Counted {
  const sizes = sizesOf(words), { geometry, input, output, weights } = sizes;
  const pass = convPass(sizes, "forward", PRODUCT, path?.int8);
  return {
    ...pass,
    operations: sumOperations([
      pass.operations,
      elements(output, EXTREMES),
      scalars === undefined ? {} : elements(geometry.outputs, SCALE),
    ]),
    moves: [reads("weights", weights), reads("activations", input)],
  };
}

interface DataWords extends ConvWords {
  readonly fine: Tensor | undefined;
}

/** The error of what it reads, in sums that move where they go from here. */
function dataSums(words: DataWords, { path }: Setting): Counted {
  const sizes = sizesOf(words), { input, output, weights } = sizes;
  const pass = convPass(sizes, "data", PRODUCT, path?.int8);
  const part: Counted = {
    ...pass,
    operations: sumOperations([pass.operations, elements(input, EXTREMES)]),
    moves: [reads("weights", weights), reads("errors", output)],
  };
  if (words.fine === undefined) return part;
  const sums = 2 * SUM * input;
  return together(part, part, {
    operations: elements(input, JOIN_PARTS),
    moves: [{ tensor: "errors", read: sums, written: sums }],
  });
}

/** Sums that go through memory. */
function written(tensor: "activations" | "errors", sums: number): Counted {
  return { operations: {}, moves: [writes(tensor, SUM * sums)] };
}

/**
 * Images in chunks whose sums fit int32, which are added up: one part of an error, its fine one on top of the coarse.
 *
 * @throws {UserError} where those of one image do not fit, which the kernel refuses.
 */
function weightsPass(sizes: ConvSizes, wide: boolean, fine: boolean, { path }: Setting): Counted {
  const { geometry, count, input, output, weights } = sizes, { height, width } = outputSize(geometry);
  const most = Math.floor(MAX_INT32_PRODUCTS / (height * width));
  if (most === 0) {
    throw new UserError(
      `int8 weight gradients over an output of ${height * width} pixels can pass int32, the limit is ` +
        `${MAX_INT32_PRODUCTS}`,
    );
  }
  const chunks = Math.ceil(count / most);
  const pass = convPass(sizes, "weights", PRODUCT, path?.int8), gradients = (wide ? WIDE_SUM : SUM) * weights;
  return {
    ...pass,
    operations: sumOperations([
      pass.operations,
      { [wide ? "int64-add" : "int32-add"]: (fine ? chunks : chunks - 1) * weights, "shift": fine ? weights : 0 },
    ]),
    moves: [
      reads("activations", input),
      reads("errors", output),
      { tensor: "gradients", read: fine ? gradients : 0, written: gradients },
    ],
  };
}

function backwardWeights(words: Words<"int8_conv_backward_weights">, setting: Setting): Counted {
  const sizes = sizesOf(words), wide = words.dw.type === "int64";
  const coarse = weightsPass(sizes, wide, false, setting);
  return words.fine === undefined ? coarse : together(coarse, weightsPass(sizes, wide, true, setting));
}

/** Formulas of the convolutions. */
export const INT8_CONVOLUTIONS = {
  int8_conv_forward: (words, setting) =>
    together(forwardSums(words, words.scalars, setting), written("activations", sizesOf(words).output)),
  int8_conv_forward_activate(words, setting) {
    const { quantizer, mask } = words, { output } = sizesOf(words), sums = forwardSums(words, words.scalars, setting);
    const atHand = takesAtHand(quantizer), ends = activated(output, quantizer, mask, atHand);
    return atHand ? together(sums, ends) : together(sums, written("activations", output), ends);
  },
  int8_conv_forward_quantize(words, setting) {
    const { quantizer } = words, { output } = sizesOf(words), sums = forwardSums(words, undefined, setting);
    const atHand = takesAtHand(quantizer), ends = quantizedSums("activations", output, quantizer, atHand);
    return atHand ? together(sums, ends) : together(sums, written("activations", output), ends);
  },
  int8_conv_backward_data: (words, setting) =>
    together(dataSums(words, setting), written("errors", sizesOf(words).input)),
  int8_conv_backward_data_activate(words, setting) {
    const { input } = sizesOf(words), sums = dataSums(words, setting);
    const atHand = words.fine === undefined && takesAtHand(words.quantizer);
    const ends = maskedError(input, words, atHand);
    return atHand ? together(sums, ends) : together(sums, written("errors", input), ends);
  },
  int8_conv_backward_data_block(words, setting) {
    const { input } = sizesOf(words), sums = dataSums(words, setting);
    const atHand = words.fine === undefined && takesAtHand(words.quantizer);
    const ends = joinedError({ ...words, shape: words.shortcut }, atHand);
    return atHand ? together(sums, ends) : together(sums, written("errors", input), ends);
  },
  int8_conv_backward_weights: backwardWeights,
} satisfies SomeFormulas;
