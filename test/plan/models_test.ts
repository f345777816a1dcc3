import { assert, assertEquals, assertThrows } from "@std/assert";
import { convMacs, forwardMacs } from "../../lib/count/taps.ts";
import { buildPlan, MODELS } from "../../lib/plan/models.ts";
import { branchEnds, convElements, convolutions, type ImageShape, outputSize, type Plan } from "../../lib/plan/plan.ts";

const IMAGENET = { height: 224, width: 224, channels: 3, classes: 1000 };
const CIFAR = { height: 32, width: 32, channels: 3, classes: 10 };
const MNIST = { height: 28, width: 28, channels: 1, classes: 10 };

/** Weights of all convolutions: published parameter counts but for biases and norms. */
const weights = (plan: Plan) => convolutions(plan).reduce((sum, conv) => sum + convElements(conv).weights, 0);

/** Parameters of the norms or biases, as published figures have them: two a channel, and one bias a class. */
const withNorms = (plan: Plan) =>
  weights(plan) + convolutions(plan).slice(0, -1).reduce((sum, { outputs }) => sum + 2 * outputs, 0) + plan.classes;

Deno.test("models: multiply-accumulates and parameters of the published networks", () => {
  // He et al., tables 1 and 6, but for ResNet-50: they have 3.8 G with the stride of a bottleneck on its first 1x1
  // convolution, torchvision and this repository have it on the 3x3 one, which makes 4.1 G. Option A shortcuts of the
  // CIFAR networks multiply nothing. torchvision's parameter counts of resnet18, resnet34 and resnet50.
  const published = [
    ["resnet-18", IMAGENET, 1.82e9, 11_689_512],
    ["resnet-34", IMAGENET, 3.67e9, 21_797_672],
    ["resnet-50", IMAGENET, 4.09e9, 25_557_032],
    ["resnet-20", CIFAR, 41e6, 0.27e6],
    ["resnet-56", CIFAR, 126e6, 0.85e6],
    ["resnet-110", CIFAR, 255e6, 1.73e6],
  ] as const;
  for (const [model, shape, macs, parameters] of published) {
    const plan = buildPlan(model, shape);
    assert(Math.abs(forwardMacs(plan) / macs - 1) < 0.02, `${model}: ${forwardMacs(plan)} MACs`);
    assert(Math.abs(withNorms(plan) / parameters - 1) < 0.02, `${model}: ${withNorms(plan)} parameters`);
  }
  for (const model of ["resnet-18", "resnet-34", "resnet-50"]) {
    const exact = published.find(([name]) => name === model)![3];
    assertEquals(withNorms(buildPlan(model, IMAGENET)), exact);
  }
});

Deno.test("models: the small networks layer by layer", () => {
  const sizes = (model: string) =>
    convolutions(buildPlan(model, MNIST)).map((conv) => [conv.name, convElements(conv).weights, convMacs(conv)]);
  assertEquals(sizes("mlp"), [
    ["hidden1", 784 * 256, 784 * 256],
    ["hidden2", 256 * 128, 256 * 128],
    ["classifier", 1280, 1280],
  ]);
  assertEquals(sizes("lenet"), [
    ["conv1", 6 * 25, 784 * 6 * 25],
    ["conv2", 16 * 6 * 25, 100 * 16 * 6 * 25],
    ["dense1", 400 * 120, 400 * 120],
    ["dense2", 120 * 84, 120 * 84],
    ["classifier", 840, 840],
  ]);
});

Deno.test("models: VGG-small layer by layer, at each of its depths", () => {
  // 3x3 weights of NITI's three stages, and a classifier over the 4x4 pixels of the last pool; it has no biases.
  const [first, second, third] = [
    9 * 3 * 128 + 9 * 128 * 128,
    9 * 128 * 256 + 9 * 256 * 256,
    9 * 256 * 512 + 9 * 512 ** 2,
  ];
  const last = 4 * 4 * 512 * 10;
  const more = [[0, 0], [9 * 128 * 128, 0], [9 * 128 * 128, 9 * 256 * 256]] as const;
  for (const [i, [inFirst, inSecond]] of more.entries()) {
    const plan = buildPlan(`vgg-small-${7 + i}`, CIFAR);
    assertEquals(convolutions(plan).length, 7 + i);
    assertEquals(weights(plan), first + inFirst + second + inSecond + third + last);
    const pixels = [32 * 32, 16 * 16, 8 * 8] as const;
    assertEquals(
      forwardMacs(plan),
      // Padding taps are counted.
      pixels[0] * (first + inFirst) + pixels[1] * (second + inSecond) + pixels[2] * third + last,
    );
    assertEquals(
      plan.layers.map((layer) => layer.kind === "conv" ? layer.conv.outputs : layer.kind).slice(0, 3 + (i > 0 ? 1 : 0)),
      [128, 128, ...(i > 0 ? [128] : []), "max-pool"],
    );
  }
  assertEquals(weights(buildPlan("vgg-small-7", CIFAR)), 4_656_512);
});

Deno.test("models: each layer takes the shape that the one before it gives, at any size", () => {
  for (const [model] of MODELS) {
    for (const [height, width, channels] of [[28, 28, 1], [32, 32, 3], [37, 61, 2], [96, 64, 3]] as const) {
      const plan = buildPlan(model, { height, width, channels, classes: 7 });
      let shape: ImageShape = { height, width, channels };
      const takes = (what: string, given: ImageShape) => assertEquals(given, shape, `${model}: ${what}`);
      const through = (conv: Plan["classifier"]) => {
        takes(conv.name, { height: conv.height, width: conv.width, channels: conv.inputs });
        shape = { ...outputSize(conv), channels: conv.outputs };
      };
      for (const layer of plan.layers) {
        if (layer.kind === "conv") {
          through(layer.conv);
        } else if (layer.kind === "max-pool") {
          const { pool } = layer;
          takes(pool.name, { height: pool.height, width: pool.width, channels: pool.channels });
          shape = { ...outputSize(pool), channels: pool.channels };
        } else if (layer.kind === "block") {
          const { block } = layer, before = shape;
          block.convs.forEach(through);
          const after = shape;
          if (block.shortcut.kind === "projection") {
            shape = before;
            through(block.shortcut.conv);
          }
          assertEquals(shape, after, block.name);
          const { first, last } = branchEnds(block);
          const same = JSON.stringify([before.height, before.width, first.inputs]) ===
            JSON.stringify([after.height, after.width, last.outputs]);
          assertEquals(block.shortcut.kind === "identity", same, block.name);
        } else {
          takes(layer.kind, layer.input);
          const pixels = layer.kind === "flatten" ? shape.height * shape.width : 1;
          shape = { height: 1, width: 1, channels: pixels * shape.channels };
        }
      }
      through(plan.classifier);
      assertEquals(shape, { height: 1, width: 1, channels: 7 });
    }
  }
});

Deno.test("models: images that are too small are refused by the layer", () => {
  const refuses = (model: string, height: number, width: number, message: string) =>
    assertThrows(() => buildPlan(model, { height, width, channels: 1, classes: 10 }), RangeError, message);
  refuses("lenet", 9, 28, "lenet: images of 9x28 pixels are too small: conv2 has a 5x5 window, 4x14 pixels reach it");
  refuses("lenet", 11, 11, "lenet: images of 11x11 pixels are too small: pool2 has a 2x2 window, 1x1 pixels reach it");
  refuses("lenet", 1, 28, "pool1 has a 2x2 window, 1x28 pixels reach it");
  refuses("resnet-8", 3, 9, "resnet-8 needs images of at least 4x4 pixels, not 3x9");
  refuses("vgg-small-9", 7, 9, "images of 7x9 pixels are too small: stage3.pool has a 2x2 window, 1x2 pixels reach it");
  for (const model of ["mlp", "resnet-50"]) buildPlan(model, { height: 1, width: 1, channels: 1, classes: 2 });
});
