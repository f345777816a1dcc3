import { assert, assertEquals, assertThrows } from "@std/assert";
import { createBatchNormNetwork } from "../../../lib/exec/fp32/network.ts";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { updateAt } from "../../../lib/exec/fp32/recipe.ts";
import { type Batch, EVALUATION_BATCH, FULL_RATE, type Network, type StateEntry } from "../../../lib/exec/network.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import type { BlockPlan, ConvPlan, LayerPlan, Plan } from "../../../lib/plan/plan.ts";
import { centralDifferences } from "../../kernels/fp32/differences.ts";
import { referenceLoss, type Weights } from "./reference_network.ts";

const conv = (name: string, size: number, inputs: number, outputs: number, stride: number): ConvPlan => ({
  name,
  height: size,
  width: size,
  inputs,
  outputs,
  kernel: 3,
  stride,
  padding: 1,
});

const block = (name: string, size: number, inputs: number, outputs: number, stride: number): BlockPlan => ({
  name,
  convs: [
    conv(`${name}.conv1`, size, inputs, outputs, stride),
    conv(`${name}.conv2`, Math.ceil(size / stride), outputs, outputs, 1),
  ],
  shortcut: { kind: stride === 1 && inputs === outputs ? "identity" : "pad" },
});

/** A stem, blocks and the pool over what the last of them gives. */
const layers = (stem: ConvPlan, blocks: readonly BlockPlan[], size: number): LayerPlan[] => [
  { kind: "conv", conv: stem },
  ...blocks.map((each) => ({ kind: "block" as const, block: each })),
  { kind: "average-pool", input: { height: size, width: size, channels: (blocks.at(-1)?.convs[1] ?? stem).outputs } },
];

/** Two colours, odd size, one identity block and one of each kind of projection. */
const PLAN: Plan = {
  model: "tiny",
  height: 7,
  width: 7,
  channels: 2,
  classes: 3,
  layers: layers(
    conv("stem", 7, 2, 4, 1),
    [block("a", 7, 4, 4, 1), block("b", 7, 4, 6, 2), block("c", 4, 6, 6, 2)],
    2,
  ),
  classifier: { ...conv("classifier", 1, 6, 3, 1), kernel: 1, padding: 0 },
};

function batchOf(count: number, seed: number): Batch & { images: Uint8Array; labels: Int16Array } {
  const source = uniformSource(seed, 9);
  return {
    images: Uint8Array.from({ length: count * 7 * 7 * 2 }, () => 256 * source()),
    labels: Int16Array.from({ length: count }, () => 3 * source()),
    count,
  };
}

const create = (library: Library, seed = 3): Network => createBatchNormNetwork({ library, plan: PLAN, batch: 8, seed });

const valuesOf = (entry: StateEntry) => Float64Array.from(new Float32Array(new Uint8Array(entry.bytes).buffer));
const stateMap = (network: Network): Map<string, Float64Array> =>
  new Map(network.state().map((entry) => [entry.name, valuesOf(entry)]));
const START = { step: 0, rate: FULL_RATE };

Deno.test("a training step has the loss and the gradients of the double-precision network, on every path", async () => {
  using library = await openLibrary();
  const batch = batchOf(5, 1), { weightDecay } = updateAt("bn-fp32", 8, FULL_RATE);
  const loss = (weights: Weights) => referenceLoss(PLAN, weights, batch.images, batch.labels, "batch");
  for (const { name: path } of library.isaPaths().filter((each) => each.built && each.supported)) {
    library.selectIsa(path);
    const network = create(library), before = stateMap(network);
    const metrics = network.trainStep(batch, START);
    const expected = loss(before);
    assert(Math.abs(metrics.lossSum / 5 - expected) < 1e-5, `${path}: loss ${metrics.lossSum / 5}, not ${expected}`);
    for (const [name, velocity] of stateMap(network)) {
      if (!name.endsWith(".momentum")) continue;
      // The first step leaves the gradient and the weight decay in the momentum.
      const parameter = name.slice(0, -".momentum".length), values = before.get(parameter)!;
      const decay = parameter.endsWith(".weights") ? weightDecay : 0;
      const elements = Array.from({ length: Math.min(8, values.length) }, (_, i) => (i * 37) % values.length);
      const slopes = centralDifferences((w) => loss(new Map([...before, [parameter, w]])), values, 1e-6, elements);
      const largest = velocity.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
      elements.forEach((element, i) => {
        const gradient = velocity[element]! - decay * values[element]!;
        // Some 10^3 roundings of 2^-24 lie between a parameter and the loss.
        assert(
          Math.abs(gradient - slopes[i]!) <= 6e-5 * largest + 1e-8,
          `${path} ${parameter}[${element}]: gradient ${gradient}, not ${slopes[i]}`,
        );
      });
    }
    network.close();
  }
});

Deno.test("evaluation uses the running statistics and needs no training memory", async () => {
  using library = await openLibrary();
  const network = create(library);
  for (let step = 0; step < 3; step++) network.trainStep(batchOf(8, step), { step, rate: FULL_RATE });
  const bytes = network.bytes(), batch = batchOf(EVALUATION_BATCH, 4);
  const { lossSum, count } = network.evaluate(batch);
  const expected = referenceLoss(PLAN, stateMap(network), batch.images, batch.labels, "running");
  assertEquals(count, EVALUATION_BATCH);
  assert(Math.abs(lossSum / count - expected) < 1e-5, `loss ${lossSum / count}, not ${expected}`);
  assertEquals(network.bytes(), bytes);
  network.close();
});

Deno.test("a batch of large images is the sum of its images", async () => {
  using library = await openLibrary();
  // 64 KB an activation: a group has 16 images, so 40 make three groups, the last one smaller.
  const plan: Plan = {
    ...PLAN,
    height: 64,
    width: 64,
    layers: layers(conv("stem", 64, 2, 4, 1), [], 64),
    classifier: { ...PLAN.classifier, inputs: 4 },
  };
  const network = createBatchNormNetwork({ library, plan, batch: 1, seed: 3 });
  const source = uniformSource(6, 9), size = 64 * 64 * 2, count = 40;
  const images = Uint8Array.from({ length: count * size }, () => 256 * source());
  const labels = Int16Array.from({ length: count }, () => 3 * source());
  const whole = network.evaluate({ images, labels, count });
  let lossSum = 0, correct = 0;
  for (let i = 0; i < count; i++) {
    const one = network.evaluate({ images: images.subarray(i * size), labels: labels.subarray(i), count: 1 });
    lossSum += one.lossSum;
    correct += one.correct;
  }
  assert(Math.abs(whole.lossSum - lossSum) < 1e-9, `loss ${whole.lossSum}, not ${lossSum}`);
  assertEquals([whole.correct, whole.count], [correct, count]);
  network.close();
});

Deno.test("training lowers the loss, at full and at smaller batches", async () => {
  using library = await openLibrary();
  for (const count of [8, 3]) {
    const network = create(library), batch = batchOf(count, 2);
    const losses = Array.from({ length: 30 }, (_, step) => network.trainStep(batch, { step, rate: FULL_RATE }).lossSum);
    assert(losses.at(-1)! < 0.3 * losses[0]!, `${count} images: ${losses[0]} became ${losses.at(-1)}`);
    network.close();
  }
});

Deno.test("a restored network goes on with the same bits, whatever its seed and the threads", async () => {
  using library = await openLibrary();
  const original = create(library), copy = create(library, 4);
  for (let step = 0; step < 3; step++) original.trainStep(batchOf(8, step), { step, rate: FULL_RATE });
  copy.restore(original.state());
  library.setThreads(1);
  for (let step = 3; step < 6; step++) original.trainStep(batchOf(8, step), { step, rate: FULL_RATE / 4 });
  library.setThreads(3);
  for (let step = 3; step < 6; step++) copy.trainStep(batchOf(8, step), { step, rate: FULL_RATE / 4 });
  assertEquals(copy.state(), original.state());
  original.close();
  copy.close();
});

Deno.test("the seed decides the initial weights", async () => {
  using library = await openLibrary();
  const [a, b, c] = [create(library, 1), create(library, 1), create(library, 2)];
  assertEquals(a.state(), b.state());
  const changed = a.state().filter((entry, i) =>
    valuesOf(entry).some((value, j) => value !== valuesOf(c.state()[i]!)[j])
  );
  assertEquals(
    changed.map((entry) => entry.name),
    a.state().map((entry) => entry.name).filter((name) => name.endsWith(".weights") || name.endsWith(".bias")),
  );
  for (const network of [a, b, c]) network.close();
});

Deno.test("restore refuses a foreign state by the entry's name and changes nothing", async () => {
  using library = await openLibrary();
  const network = create(library), state = network.state(), [first] = state as [StateEntry];
  const bytes = new Uint8Array(first.bytes.length);
  const refuses = (entries: StateEntry[], message: string) =>
    assertThrows(() => network.restore(entries), RangeError, message);
  const zeros = state.slice(1).map((each) => ({ ...each, bytes: new Uint8Array(each.bytes.length) }));
  refuses(zeros, `"stem.weights" is missing`);
  refuses([{ ...first, bytes, type: "int8" }, ...zeros], `"stem.weights" is int8, must be fp32`);
  refuses([{ ...first, bytes, shape: [4, 3, 2, 3] }, ...zeros], `"stem.weights" is 4x3x2x3, must be 4x3x3x2`);
  refuses([{ ...first, bytes: bytes.subarray(4) }, ...zeros], `"stem.weights" has 284 bytes, must have 288`);
  refuses([...state, { ...first, name: "extra" }], `"extra" is not part of this network`);
  assertEquals(network.state(), state);
  network.close();
});

Deno.test("a batch of a wrong size is named", async () => {
  using library = await openLibrary();
  const network = create(library), batch = batchOf(8, 1);
  const refuses = (changed: Partial<Batch>, message: string) =>
    assertThrows(() => network.trainStep({ ...batch, ...changed }, START), RangeError, message);
  refuses({ count: 0 }, "batch: 0 images are not in 1..8");
  refuses({ count: 9 }, "batch: 9 images are not in 1..8");
  refuses({ images: batch.images.subarray(1) }, "images: 783 bytes, 784 are needed");
  refuses({ labels: batch.labels.subarray(1) }, "labels: 7, 8 are needed");
  network.close();
});

Deno.test("bytes of a step: parameters twice more for the optimizer, activations by the batch", async () => {
  using library = await openLibrary();
  const network = create(library), { parameters, optimizer, activations } = network.bytes();
  const channels = 4 + 4 + 4 + 6 + 6 + 6 + 6;
  const trained = 9 * (2 * 4 + 2 * 4 * 4 + 4 * 6 + 3 * 6 * 6) + 6 * 3 + 3 + 2 * channels;
  assertEquals(parameters, 4 * (trained + 2 * channels));
  assertEquals(optimizer, 4 * 2 * trained);
  const outputs = 49 * 4 * 3 + 16 * 6 * 2 + 4 * 6 * 2;
  const image = 98 * (1 + 4) + 4 * (2 * outputs + 2 * 49 * 4) + 4 * (6 + 3 + 3) + 2;
  assertEquals(activations, 8 * image + 4 * 2 * channels + 16);
  network.close();
});
