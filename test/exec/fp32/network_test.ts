import { assert, assertEquals } from "@std/assert";
import { createNetwork } from "../../../lib/exec/methods.ts";
import type { Fp32Method } from "../../../lib/exec/fp32/recipe.ts";
import { FULL_RATE, type Network, type Position } from "../../../lib/exec/network.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { PlanBuilder } from "../../../lib/plan/builder.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { convolutions } from "../../../lib/plan/plan.ts";
import { batchOf, CREATE, FLAT, PLAIN, PLAN, PROJECTED, stateMap, valuesOf } from "./networks.ts";
import { referenceBatchNorm, referenceFixup, referenceLoss, type Weights } from "./reference_network.ts";

const METHODS = ["bn-fp32", "fixup-fp32"] as const;
const create = (library: Library, method: Fp32Method, seed = 3): Network =>
  CREATE[method]({ library, plan: PLAN, batch: 8, seed });
const at = (step: number, rate = FULL_RATE): Position => ({ step, rate });

for (const method of METHODS) {
  Deno.test(`evaluation of ${method} is that of double precision and needs no training memory`, async () => {
    using library = await openLibrary();
    const evaluated = 100;
    for (const plan of [PLAN, PROJECTED, PLAIN, FLAT]) {
      const network = CREATE[method]({ library, plan, batch: 8, seed: 3 });
      for (let step = 0; step < 3; step++) network.trainStep(batchOf(8, step, plan), at(step));
      const bytes = network.bytes(), batch = batchOf(evaluated, 4, plan);
      const { lossSum, count } = network.evaluate(batch);
      const weights: Weights = stateMap(network);
      const norm = method === "bn-fp32" ? referenceBatchNorm(weights, "running") : referenceFixup(weights, plan);
      const expected = referenceLoss(plan, weights, norm, batch.images, batch.labels);
      assertEquals(count, evaluated);
      assert(Math.abs(lossSum / count - expected) < 1e-5, `${plan.model}: loss ${lossSum / count}, not ${expected}`);
      assertEquals(network.bytes(), bytes);
      network.close();
    }
  });

  Deno.test(`a batch of large images is the sum of its images, ${method}`, async () => {
    using library = await openLibrary();
    // 64 KB an activation: a group has 16 images, so 40 make three groups, the last one smaller.
    const count = 40;
    const plan = new PlanBuilder("large", { height: 64, width: 64, channels: 2, classes: 3 })
      .conv({ name: "stem", outputs: 4, kernel: 3 })
      .averagePool()
      .build();
    const network = CREATE[method]({ library, plan, batch: count, seed: 3 });
    const { images, labels } = batchOf(count, 6, plan);
    network.trainStep({ images, labels, count }, at(0));
    const whole = network.evaluate({ images, labels, count });
    let lossSum = 0, correct = 0;
    for (let i = 0; i < count; i++) {
      const image = images.subarray(i * 64 * 64 * 2);
      const one = network.evaluate({ images: image, labels: labels.subarray(i), count: 1 });
      lossSum += one.lossSum;
      correct += one.correct;
    }
    assert(Math.abs(whole.lossSum - lossSum) < 1e-9, `loss ${whole.lossSum}, not ${lossSum}`);
    assertEquals([whole.correct, whole.count], [correct, count]);
    network.close();
  });

  Deno.test(`training with ${method} lowers the loss, at full and at smaller batches`, async () => {
    using library = await openLibrary();
    for (const count of [8, 3]) {
      const network = create(library, method), batch = batchOf(count, 2);
      const losses = Array.from({ length: 100 }, (_, step) => network.trainStep(batch, at(step)).lossSum);
      assert(losses.at(-1)! < 0.3 * losses[0]!, `${count} images: ${losses[0]} became ${losses.at(-1)}`);
      network.close();
    }
  });

  Deno.test(`a restored ${method} network goes on with the same bits, whatever its seed and the threads`, async () => {
    using library = await openLibrary();
    const original = create(library, method), copy = create(library, method, 4);
    for (let step = 0; step < 3; step++) original.trainStep(batchOf(8, step), at(step));
    copy.restore(original.state());
    library.setThreads(1);
    for (let step = 3; step < 6; step++) original.trainStep(batchOf(8, step), at(step, FULL_RATE / 4));
    library.setThreads(3);
    for (let step = 3; step < 6; step++) copy.trainStep(batchOf(8, step), at(step, FULL_RATE / 4));
    assertEquals(copy.state(), original.state());
    original.close();
    copy.close();
  });
}

Deno.test("the seed decides the initial weights", async () => {
  using library = await openLibrary();
  const [a, b, c] = [1, 1, 2].map((seed) => create(library, "bn-fp32", seed)) as [Network, Network, Network];
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

for (const method of METHODS) {
  Deno.test(`centred gradients of ${method}: those of weights alone lose the means of their channels`, async () => {
    using library = await openLibrary();
    const velocities = [false, true].map((centredGradients) => {
      const network = CREATE[method]({ library, plan: PROJECTED, batch: 8, seed: 3, weightDecay: 0, centredGradients });
      network.trainStep(batchOf(8, 1, PROJECTED), at(0));
      const entries = network.state().filter(({ name }) => name.endsWith(".momentum"));
      network.close();
      return entries;
    });
    for (const [i, { name, shape, ...entry }] of velocities[0]!.entries()) {
      const plain = valuesOf({ name, shape, ...entry }), centred = valuesOf(velocities[1]![i]!);
      const length = plain.length / shape[0]!, isWeights = name.endsWith(".weights.momentum");
      plain.forEach((value, j) => {
        const channel = plain.subarray(Math.floor(j / length) * length, (Math.floor(j / length) + 1) * length);
        const mean = isWeights ? channel.reduce((sum, each) => sum + each, 0) / length : 0;
        assert(Math.abs(centred[j]! - (value - mean)) < 1e-6 * Math.max(1, ...channel.map(Math.abs)), `${name}[${j}]`);
      });
    }
  });
}

Deno.test("bytes of a step: parameters twice more for the optimizer, activations by the batch", async () => {
  using library = await openLibrary();
  const network = create(library, "bn-fp32"), { parameters, optimizer, activations } = network.bytes();
  const channels = 4 + 4 + 4 + 6 + 6 + 6 + 6;
  const trained = 9 * (2 * 4 + 2 * 4 * 4 + 4 * 6 + 3 * 6 * 6) + 6 * 3 + 3 + 2 * channels;
  assertEquals(parameters, 4 * (trained + 2 * channels));
  assertEquals(optimizer, 4 * 2 * trained);
  const outputs = 49 * 4 * 3 + 16 * 6 * 2 + 4 * 6 * 2;
  // Images, labels and metrics have memory of their own.
  const planned = activations - (8 * (98 + 2) + 16);
  // Behind the forward pass a step holds all that the way back reads, and on it two gradients of a largest output.
  const kept = 8 * 4 * (98 + 2 * outputs + 6 + 3 + 3) + 4 * 2 * channels, gradients = 8 * 4 * 2 * 49 * 4;
  const alignment = 64 * (1 + 2 * 7 + 3 + 2 * 7 + 2);
  assert(planned >= kept && planned <= kept + gradients + alignment, `${planned} bytes, ${kept} are kept`);
  network.close();
});

Deno.test("fixup-fp32 starts as eoq does: centred, branches at the same deviations, their last convolutions zero", async () => {
  using library = await openLibrary();
  const plan = buildPlan("resnet-20", { height: 8, width: 8, channels: 3, classes: 4 });
  const options = { library, plan, batch: 1, seed: 3 };
  const [float, integer] = (["fixup-fp32", "eoq"] as const).map((method) => {
    const network = createNetwork(method, options);
    const state = new Map(network.state().map((entry) => [entry.name, entry]));
    network.close();
    return state;
  });
  const deviation = (values: ArrayLike<number>) =>
    Math.sqrt(Array.from(values, (each) => each * each).reduce((sum, each) => sum + each, 0) / values.length);
  for (const { name, outputs } of convolutions(plan)) {
    const { bytes, exponent } = integer!.get(`${name}.weights`)!;
    const steps = Array.from(new Int8Array(new Uint8Array(bytes).buffer), (q) => q * 2 ** exponent);
    const weights = new Float32Array(new Uint8Array(float!.get(`${name}.weights`)!.bytes).buffer);
    const [expected, found] = [deviation(steps), deviation(weights)];
    if (expected === 0) assertEquals(found, 0, name);
    // Some hundreds to tens of thousands of draws each.
    else assert(Math.abs(found / expected - 1) < 0.15, `${name}: ${found}, not ${expected}`);
    const channel = weights.length / outputs;
    for (let k = 0; k < outputs; k++) {
      const mean = weights.subarray(k * channel, (k + 1) * channel).reduce((sum, each) => sum + each, 0) / channel;
      assert(Math.abs(mean) < 1e-6, `${name}: ${mean}`);
    }
  }
});

Deno.test("bn-fp32 with running statistics steps forward as inference does, one image or eight, and leaves them", async () => {
  using library = await openLibrary();
  for (const plan of [PLAN, PROJECTED]) {
    const options = { library, plan, batch: 8, seed: 3 };
    const trained = CREATE["bn-fp32"](options), kept = CREATE["bn-fp32"]({ ...options, runningStatistics: true });
    for (let step = 0; step < 3; step++) trained.trainStep(batchOf(8, step, plan), at(step));
    kept.restore(trained.state());
    const statistics = () => kept.state().filter(({ name }) => name.includes(".running"));
    const before = statistics();
    assertEquals([trained.stepPredicts, kept.stepPredicts], [false, true]);
    for (const [step, count] of [8, 1, 8, 1].entries()) {
      const batch = batchOf(count, 7 + step, plan), weights = kept.state().map(({ bytes }) => bytes);
      const { lossSum, correct } = kept.evaluate(batch);
      const predicted = kept.predict(batch.images, count);
      const { executable, slots, forward, logits } = kept.prepareStep(batch, at(step));
      executable.run(slots, 0, forward);
      assertEquals(logits(), predicted);
      const stepped = kept.trainStep(batch, at(step));
      assert(Math.abs(stepped.lossSum - lossSum) < 1e-6 * count, `loss ${stepped.lossSum}, not ${lossSum}`);
      assertEquals(stepped.correct, correct);
      assert(kept.state().some(({ bytes }, i) => bytes.some((byte, j) => byte !== weights[i]![j])), "no step");
    }
    assert(before.length > 0);
    assertEquals(statistics(), before);
    trained.close();
    kept.close();
  }
});
