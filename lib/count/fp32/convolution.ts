/**
 * Convolutions without bias, in every phase (kernels/fp32/conv_reference.c).
 *
 * @module
 */

import type { SomeFormulas } from "../formula.ts";
import { convPass, sizesOf } from "../pass.ts";
import { floats, moved } from "./kinds.ts";

const PRODUCT = floats(1, { multiplies: 1, adds: 1 });

/** Formulas of the convolutions. */
export const FP32_CONVOLUTIONS = {
  fp32_conv_forward(words, { path }) {
    const sizes = sizesOf(words), { input, output, weights } = sizes;
    const moves = [moved("weights", weights), moved("activations", input, output)];
    return { ...convPass(sizes, "forward", PRODUCT, path?.fp32), moves };
  },
  fp32_conv_backward_data(words, { path }) {
    const sizes = sizesOf(words), { input, output, weights } = sizes;
    const moves = [moved("weights", weights), moved("errors", output, input)];
    return { ...convPass(sizes, "data", PRODUCT, path?.fp32), moves };
  },
  fp32_conv_backward_weights(words, { path }) {
    const sizes = sizesOf(words), { input, output, weights } = sizes;
    const moves = [moved("activations", input), moved("errors", output), moved("gradients", 0, weights)];
    return { ...convPass(sizes, "weights", PRODUCT, path?.fp32), moves };
  },
} satisfies SomeFormulas;
