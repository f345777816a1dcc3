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
  outputSize,
  type Plan,
} from "../../plan/plan.ts";
import { sumOperations } from "../kinds.ts";
import { type Part, times } from "../parts.ts";
import { windowTaps } from "../taps.ts";
import { floats, moved } from "./kinds.ts";
import type { Images } from "./unit.ts";
import { updateParameters } from "./update.ts";

/** The same in training and in inference. */
function bothWays(part: Omit<Part, "phase">): Part[] {
  return [{ ...part, phase: "forward" }, { ...part, phase: "inference" }];
}

/** Bytes become numbers. */
export function inputParts({ height, width, channels }: Plan, count: number, encoding: InputEncoding): Part[] {
  const elements = count * height * width * channels;
  return bothWays({
    layer: "input",
    operations: times(elements, { [encoding === "half" ? "shift" : "int32-add"]: 1, "fp32-multiply": 1 }),
    moves: [{ tensor: "activations", read: elements, written: 4 * elements }],
  });
}

/**
 * A max pool: every pixel of a window but the first is compared; backward it
 * takes the error of each window that found it largest, by a byte that says
 * where. Overhead: NaN is looked for.
 *
 * @param errors tensors that the error comes in
 */
export function maxPoolParts(pool: MaxPoolPlan, count: number, errors: number): Part[] {
  const { name: layer, channels } = pool, { height, width } = outputSize(pool);
  const taps = count * windowTaps(pool) * channels;
  const input = count * pool.height * pool.width * channels, output = count * height * width * channels;
  const compares = floats(taps - output, { compares: 1 });
  return [
    ...bothWays({ layer, operations: compares, overhead: compares, moves: [moved("activations", input, output)] }),
    { layer, phase: "forward", operations: {}, moves: [{ tensor: "activations", written: output }] },
    {
      layer,
      phase: "backward",
      operations: times(errors * taps, { "compare": 1, "fp32-add": 1 }),
      moves: [
        moved("errors", errors * output, errors * input),
        { tensor: "activations", read: errors * output },
      ],
    },
  ];
}

/** The mean over all pixels, and the error shared among them. */
export function averagePoolParts({ height, width, channels }: ImageShape, count: number): Part[] {
  const layer = "average-pool", pixels = height * width, output = count * channels;
  return [
    ...bothWays({
      layer,
      operations: floats(output, { adds: pixels, divides: 1 }),
      moves: [moved("activations", pixels * output, output)],
    }),
    {
      layer,
      phase: "backward",
      operations: floats(output, { divides: 1 }),
      moves: [moved("errors", output, pixels * output)],
    },
  ];
}

/**
 * A shortcut that is no identity: what is appended to its copy, and where its
 * error joins that of the branch. An identity leaves both to its neighbours.
 */
export function shortcutParts(block: BlockPlan, count: number): Part[] {
  const { first, last } = branchEnds(block), { shortcut } = block;
  if (shortcut.kind === "identity") return [];
  const output = count * convElements(last).output, pad = shortcut.kind === "pad";
  const carried = pad ? output / last.outputs * first.inputs : count * convElements(first).input;
  const layer = pad ? first.name : shortcut.conv.name;
  return [
    ...pad ? bothWays({ layer, operations: {}, moves: [moved("activations", carried, output)] }) : [],
    {
      layer,
      phase: "backward",
      operations: floats(carried, { adds: 1 }),
      moves: [moved("errors", 2 * carried, carried)],
    },
  ];
}

/** The classifier's bias. */
export function biasParts({ classifier: { name: layer, outputs } }: Plan, { count, groups }: Images): Part[] {
  const elements = count * outputs, operations = floats(elements, { adds: 1 });
  return [
    ...bothWays({ layer, operations, moves: [moved("activations", elements, elements)] }),
    { layer, phase: "forward", operations: {}, moves: [moved("weights", outputs)] },
    { layer, phase: "inference", operations: {}, moves: [moved("weights", groups * outputs)] },
    {
      layer,
      phase: "backward",
      operations,
      moves: [moved("errors", elements), moved("gradients", 0, outputs)],
    },
    updateParameters(layer, outputs),
  ];
}

/**
 * Softmax cross-entropy, and whether the class is right. An image: the largest
 * logit, an exponential for each class and the logarithm of their sum, the loss
 * as a mean of two where images are mixed. In training its gradient, a class:
 * the softmax less the target, which is a mean of two, over the batch.
 */
export function lossParts({ classes }: Plan, count: number): Part[] {
  const loss = [
    floats(count * classes, { adds: 2, exps: 1 }),
    floats(count, { multiplies: 2, adds: 6, divides: 1, exps: 1, compares: classes - 1 }),
    { "compare": count },
  ];
  const gradient = [
    floats(count * classes, { multiplies: 2, adds: 4, divides: 1, exps: 1 }),
    { "compare": 2 * count * classes },
  ];
  return [
    ...bothWays({ layer: "loss", operations: sumOperations(loss), moves: [moved("activations", count * classes)] }),
    {
      layer: "loss",
      phase: "forward",
      operations: sumOperations(gradient),
      moves: [moved("errors", 0, count * classes)],
    },
  ];
}

/** What smoothed labels add to the loss of a training step: the share of all classes in each target, and in the loss. */
export function smoothedPart({ classes }: Plan, count: number): Part {
  const mean = { multiplies: 2, adds: 2, divides: 1 };
  return {
    layer: "loss",
    phase: "forward",
    operations: sumOperations([floats(count * (1 + classes), mean), floats(count * classes, { adds: 1 })]),
    moves: [],
  };
}
