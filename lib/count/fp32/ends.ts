/**
 * What every fp32 network has around its units, whatever normalises it: input,
 * pools, shortcuts, the classifier's bias and the loss.
 *
 * @module
 */

import type { InputEncoding } from "../../exec/recipe.ts";
import {
  type BlockPlan,
  branchEnds,
  convElements,
  type ImageShape,
  type MaxPoolPlan,
  type Plan,
} from "../../plan/plan.ts";
import { type Operations, sumOperations } from "../kinds.ts";
import { type Part, times } from "../parts.ts";
import { outputSize } from "../../plan/plan.ts";
import { windowTaps } from "../taps.ts";
import { floats } from "./kinds.ts";
import { updateParameters } from "./update.ts";

/** The same in training and in inference. */
function bothWays(layer: string, operations: Partial<Operations>, overhead: Partial<Operations> = {}): Part[] {
  return [{ layer, phase: "forward", operations, overhead }, { layer, phase: "inference", operations, overhead }];
}

/** Bytes become numbers. */
export function inputParts({ height, width, channels }: Plan, count: number, encoding: InputEncoding): Part[] {
  return bothWays(
    "input",
    times(count * height * width * channels, {
      [encoding === "half" ? "shift" : "int32-add"]: 1,
      "fp32-multiply": 1,
    }),
  );
}

/**
 * A max pool: every pixel of a window but the first is compared; backward it
 * takes the error of each window that found it largest. Overhead: NaN is looked for.
 *
 * @param errors tensors that the error comes in
 */
export function maxPoolParts(pool: MaxPoolPlan, count: number, errors: number): Part[] {
  const { height, width } = outputSize(pool);
  const taps = count * windowTaps(pool) * pool.channels;
  const compares = floats(taps - count * height * width * pool.channels, { compares: 1 });
  return [
    ...bothWays(pool.name, compares, compares),
    { layer: pool.name, phase: "backward", operations: times(errors * taps, { "compare": 1, "fp32-add": 1 }) },
  ];
}

/** The mean over all pixels, and the error shared among them. */
export function averagePoolParts({ height, width, channels }: ImageShape, count: number): Part[] {
  return [
    ...bothWays("average-pool", floats(count * channels, { adds: height * width, divides: 1 })),
    { layer: "average-pool", phase: "backward", operations: floats(count * channels, { divides: 1 }) },
  ];
}

/** Where the errors of a block's branch and of its shortcut join; an identity leaves that to the layer in front. */
export function joinParts(block: BlockPlan, count: number): Part[] {
  const { first, last } = branchEnds(block), { shortcut } = block;
  if (shortcut.kind === "identity") return [];
  const elements = shortcut.kind === "projection"
    ? convElements(first).input
    : convElements(last).output / last.outputs * first.inputs;
  const { name } = shortcut.kind === "projection" ? shortcut.conv : first;
  return [{ layer: name, phase: "backward", operations: floats(count * elements, { adds: 1 }) }];
}

/** The classifier's bias. */
export function biasParts({ classifier: { name, outputs } }: Plan, count: number): Part[] {
  const operations = floats(count * outputs, { adds: 1 });
  return [
    ...bothWays(name, operations),
    { layer: name, phase: "backward", operations },
    updateParameters(name, outputs),
  ];
}

/**
 * Softmax cross-entropy with its gradient, and whether the class is right. A
 * class: two exponentials, their sum, the target of an image that may be mixed
 * of two. An image: the largest logit, the logarithm, the loss.
 */
export function lossParts({ classes }: Plan, count: number): Part[] {
  return bothWays(
    "loss",
    sumOperations([
      floats(count * classes, { multiplies: 2, adds: 6, divides: 1, exps: 2 }),
      floats(count, { multiplies: 2, adds: 6, divides: 1, exps: 1, compares: classes - 1 }),
      { "compare": count * (2 * classes + 1) },
    ]),
  );
}
