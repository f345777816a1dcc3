/**
 * What every fp32 network has around its units, whatever normalises it: input,
 * pools, shortcuts, the classifier's bias and the loss.
 *
 * @module
 */

import type { Words } from "../../native/words.ts";
import { type Counted, fixed, type Setting, type SomeFormulas, times } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { shortcutPixels, sizesOf } from "../pass.ts";
import { windowTaps } from "../taps.ts";
import { floats, moved } from "./kinds.ts";

/** Every pixel of a window but the first is compared. Overhead: NaN is looked for. */
function maxPool(words: Words<"fp32_max_pool_forward">): Counted {
  const { geometry, count, input, output } = sizesOf(words);
  const compares = floats(count * windowTaps(geometry) * geometry.inputs - output, { compares: 1 });
  return {
    operations: compares,
    overhead: compares,
    moves: [
      moved("activations", input, output),
      { tensor: "activations", written: words.places === undefined ? 0 : output },
    ],
  };
}

/** It takes the error of each window that found it largest, by a byte that says where. */
function maxPoolBackward(words: Words<"fp32_max_pool_backward">): Counted {
  const { geometry, count, input, output } = sizesOf(words);
  return {
    operations: times(count * windowTaps(geometry) * geometry.inputs, { "compare": 1, "fp32-add": 1 }),
    moves: [moved("errors", output, input), { tensor: "activations", read: output }],
  };
}

/**
 * Softmax cross-entropy, and whether the class is right. An image: the largest
 * logit, an exponential for each class and the logarithm of their sum, the loss
 * as a mean of two where images are mixed. In training its gradient, a class:
 * the softmax less the target, which is a mean of two, over the batch. Smoothed
 * labels add the share of all classes in each target, and in the loss.
 */
function loss({ n, classes, dlogits }: Words<"fp32_softmax_cross_entropy">, { smoothed }: Setting): Counted {
  const count = fixed(n), each = fixed(classes), all = count * each;
  const mean = { multiplies: 2, adds: 2, divides: 1 };
  return {
    operations: sumOperations([
      floats(all, { adds: 2, exps: 1 }),
      floats(count, { multiplies: 2, adds: 6, divides: 1, exps: 1, compares: each - 1 }),
      { "compare": count },
      ...smoothed ? [floats(count, mean), floats(all, { adds: 1 })] : [],
      ...dlogits === undefined
        ? []
        : [floats(all, { multiplies: 2, adds: 4, divides: 1, exps: 1 }), { "compare": 2 * all }],
      smoothed && dlogits !== undefined ? floats(all, mean) : {},
    ]),
    moves: [moved("activations", all), moved("errors", 0, dlogits === undefined ? 0 : all)],
  };
}

/** Formulas of both ends and of what stands between units. */
export const FP32_ENDS = {
  // Bytes become numbers.
  fp32_from_uint8({ offset, count }) {
    const all = fixed(count);
    return {
      operations: times(all, { [offset === 0 ? "shift" : "int32-add"]: 1, "fp32-multiply": 1 }),
      moves: [{ tensor: "activations", read: all, written: 4 * all }],
    };
  },
  // A copy, and what is appended to it.
  fp32_shortcut_forward(words) {
    const pixels = shortcutPixels(words), { inputs, outputs } = words.shape.geometry;
    return { operations: {}, moves: [moved("activations", pixels * inputs, pixels * outputs)] };
  },
  // Its error joins that of the branch.
  fp32_shortcut_backward(words) {
    const carried = shortcutPixels(words) * words.shape.geometry.inputs;
    return { operations: floats(carried, { adds: 1 }), moves: [moved("errors", 2 * carried, carried)] };
  },
  fp32_max_pool_forward: maxPool,
  fp32_max_pool_backward: maxPoolBackward,
  // The mean over all pixels, and the error shared among them.
  fp32_pool_forward({ n, pixels, c }) {
    const output = fixed(n) * fixed(c), each = fixed(pixels);
    return {
      operations: floats(output, { adds: each, divides: 1 }),
      moves: [moved("activations", each * output, output)],
    };
  },
  fp32_pool_backward({ n, pixels, c }) {
    const output = fixed(n) * fixed(c);
    return { operations: floats(output, { divides: 1 }), moves: [moved("errors", output, fixed(pixels) * output)] };
  },
  fp32_bias_forward({ n, c }) {
    const all = fixed(n) * fixed(c);
    return {
      operations: floats(all, { adds: 1 }),
      moves: [moved("activations", all, all), moved("weights", fixed(c))],
    };
  },
  fp32_bias_backward({ n, c }) {
    const all = fixed(n) * fixed(c);
    return { operations: floats(all, { adds: 1 }), moves: [moved("errors", all), moved("gradients", 0, fixed(c))] };
  },
  fp32_softmax_cross_entropy: loss,
} satisfies SomeFormulas;
