/**
 * The networks by name.
 *
 * @module
 */

import type { InputShape } from "./builder.ts";
import { lenet, mlp, type VggDepth, vggSmall } from "./plain.ts";
import type { Plan } from "./plan.ts";
import { cifarResnet, imagenetResnet, type ImagenetStages } from "./resnet.ts";

/** A network that fits images of many sizes. */
export interface Architecture {
  /** What it is, in a few words. */
  readonly about: string;
  /** The images and classes that it was made for. */
  readonly shape: InputShape;
  /** Its plan. @throws {RangeError} naming the layer that the images are too small for. */
  readonly build: (shape: InputShape) => Plan;
}

/** A CIFAR residual network of depth 6n + 2 with n blocks per stage. */
function cifar(depth: number): [string, Architecture] {
  const name = `resnet-${depth}`;
  return [name, {
    shape: { height: 32, width: 32, channels: 3, classes: 10 },
    about: `CIFAR residual network of ${depth} layers`,
    build: (shape) => cifarResnet(name, (depth - 2) / 6, shape),
  }];
}

function imagenet(depth: number, stages: ImagenetStages): [string, Architecture] {
  const name = `resnet-${depth}`;
  return [name, {
    shape: { height: 224, width: 224, channels: 3, classes: 1000 },
    about: `ImageNet residual network of ${depth} layers, ${stages.block} blocks`,
    build: (shape) => imagenetResnet(name, stages, shape),
  }];
}

/** NITI's VGG-small with so many layers that have weights. */
function niti(depth: VggDepth): [string, Architecture] {
  const name = `vgg-small-${depth}`;
  return [name, {
    shape: { height: 32, width: 32, channels: 3, classes: 10 },
    about: `VGG-small of NITI, ${depth} layers, no shortcuts`,
    build: (shape) => vggSmall(name, depth, shape),
  }];
}

/** A network for handwritten digits. */
function digits(
  name: string,
  about: string,
  build: (model: string, shape: InputShape) => Plan,
): [string, Architecture] {
  const shape = { height: 28, width: 28, channels: 1, classes: 10 };
  return [name, { about, shape, build: (given) => build(name, given) }];
}

/** Every model, in the order of lists. */
export const MODELS: ReadonlyMap<string, Architecture> = new Map([
  ...[8, 14, 20, 32, 44, 56, 110].map(cifar),
  imagenet(18, { block: "basic", blocks: [2, 2, 2, 2] }),
  imagenet(34, { block: "basic", blocks: [3, 4, 6, 3] }),
  imagenet(50, { block: "bottleneck", blocks: [3, 4, 6, 3] }),
  ...([7, 8, 9] as const).map(niti),
  digits("mlp", "multilayer perceptron of 256 and 128 hidden units", mlp),
  digits("lenet", "LeNet-5 with ReLU and max pools", lenet),
]);

/**
 * Builds the plan of a model.
 *
 * @throws {RangeError} when the model is unknown, or naming the layer that the images are too small for.
 *
 * @example
 * ```ts
 * import { buildPlan } from "./models.ts";
 * const plan = buildPlan("resnet-8", { height: 28, width: 28, channels: 1, classes: 10 });
 * console.log(plan.layers.length); // 5: the stem, three blocks, a pool
 * ```
 */
export function buildPlan(model: string, shape: InputShape): Plan {
  const known = MODELS.get(model);
  if (known === undefined) throw new RangeError(`unknown model "${model}"; known: ${[...MODELS.keys()].join(", ")}`);
  return known.build({ height: shape.height, width: shape.width, channels: shape.channels, classes: shape.classes });
}
