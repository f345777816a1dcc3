import { assertEquals } from "@std/assert";
import { copyVaried } from "../../../lib/data/augment.ts";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { INPUT_ENCODINGS, inputOffset } from "../../../lib/exec/recipe.ts";
import { defaultAugmentation } from "../../../lib/train/config.ts";
import { Fixture } from "../fixture.ts";
import { assertWithin, randomValues, read, ROUNDOFF } from "./fixture.ts";

Deno.test("every byte becomes floor(byte / 2) / 64 or (byte - 128) / 64 exactly on every path", async () => {
  using fixture = await Fixture.open();
  const bytes = Uint8Array.from({ length: 40_001 }, (_, i) => i % 256);
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const x = fixture.zeros(bytes.length);
    fixture.call("fp32_from_uint8", { images: fixture.bytes(bytes), offset: 0, x, count: bytes.length });
    assertEquals(read(x), Float32Array.from(bytes, (byte) => (byte >> 1) / 64));
    fixture.call("fp32_from_uint8", { images: fixture.bytes(bytes), offset: 128, x, count: bytes.length });
    assertEquals(read(x), Float32Array.from(bytes, (byte) => (byte - 128) / 64));
  }
});

Deno.test("what crops of photographs are padded with is zero to the network, however bytes become numbers", async () => {
  using fixture = await Fixture.open();
  const shape = { height: 3, width: 2, channels: 3 }, white = new Uint8Array(18).fill(255);
  for (const encoding of INPUT_ENCODINGS) {
    const { padding } = defaultAugmentation("cifar10", encoding);
    const target = white.slice();
    // The window lies beside the image.
    copyVaried(white, shape, { down: 0, right: 0, mirrored: false }, { crop: 4, padding }, target, 0);
    const x = fixture.tensor(new Float32Array(18).fill(NaN));
    fixture.call("fp32_from_uint8", { images: fixture.bytes(target), offset: inputOffset(encoding), x, count: 18 });
    assertEquals(read(x), new Float32Array(18), encoding);
  }
});

for (const nesterov of [0, 1] as const) {
  const kind = nesterov === 1 ? "Nesterov's momentum" : "momentum";
  Deno.test(`SGD with ${kind} and weight decay is PyTorch's on every path`, () => followsPyTorch(nesterov));
  Deno.test(`centred SGD with ${kind} is SGD on gradients without their channels' means on every path`, () =>
    followsCentred(nesterov));
}

async function followsPyTorch(nesterov: 0 | 1): Promise<void> {
  using fixture = await Fixture.open();
  const count = 16_400, steps = 5;
  const [learning_rate, momentum, decay] = [0.1, 0.9, 5e-4].map(Math.fround) as [number, number, number];
  const rates = { learning_rate, momentum, decay, nesterov };
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const source = uniformSource(7, 0);
    const weights = randomValues(source, count), velocity = new Float64Array(count);
    const w = fixture.tensor(weights), v = fixture.zeros(count);
    for (let step = 0; step < steps; step++) {
      const gradient = randomValues(source, count);
      const tensors = { weights: w, velocity: v, gradient: fixture.tensor(gradient) };
      fixture.call("fp32_sgd_step", { ...tensors, ...rates, count });
      gradient.forEach((g, i) => {
        const force = g + decay * weights[i]!;
        velocity[i] = momentum * velocity[i]! + force;
        weights[i]! -= learning_rate * (nesterov === 1 ? force + momentum * velocity[i]! : velocity[i]!);
      });
    }
    // |v| stays below 5 and |w| below 3: five roundings of each a step.
    assertWithin(read(v), velocity, () => 5 * steps * 5 * ROUNDOFF, `${path} velocity`);
    assertWithin(read(w), weights, () => 5 * steps * 3 * ROUNDOFF, `${path} weights`);
    fixture.clear();
  }
}

async function followsCentred(nesterov: 0 | 1): Promise<void> {
  using fixture = await Fixture.open();
  const [learning_rate, momentum, decay] = [0.1, 0.9, 5e-4].map(Math.fround) as [number, number, number];
  const rates = { learning_rate, momentum, decay, nesterov };
  // One weight a channel, less than a tile, a whole tile, several and a rest; one channel and many.
  for (const [k, length] of [[5, 1], [3, 27], [1, 64], [17, 200], [2, 5000]] as const) {
    const count = k * length, source = uniformSource(k, length);
    const weights = randomValues(source, count), velocity = randomValues(source, count);
    // Means far from zero, and another one in each channel.
    const gradient = randomValues(source, count).map((value, i) => value + 2 * Math.floor(i / length));
    const means = Array.from({ length: k }, (_, channel) => {
      const own = gradient.subarray(channel * length, (channel + 1) * length);
      return own.reduce((sum, value) => sum + value, 0) / length;
    });
    const force = gradient.map((each, i) => each - means[Math.floor(i / length)]! + decay * weights[i]!);
    const v = velocity.map((each, i) => momentum * each + force[i]!);
    const w = weights.map((each, i) => each - learning_rate * (nesterov === 1 ? force[i]! + momentum * v[i]! : v[i]!));
    // A lane adds up to length / 64 + 1 numbers of at most 2 k; four roundings of numbers below 4 follow.
    const error = (2 * k * (length / 64 + 1) + 16) * ROUNDOFF;
    for (const path of fixture.paths) {
      fixture.library.selectIsa(path);
      const [ours, moved, slope] = [weights, velocity, gradient].map((each) => fixture.tensor(each));
      const tensors = { weights: ours!, velocity: moved!, gradient: slope! };
      fixture.call("fp32_sgd_step_centered", { ...tensors, ...rates, k, length });
      assertEquals(Float64Array.from(read(slope!)), gradient.map(Math.fround), `${path}: the gradient stays`);
      assertWithin(read(moved!), v, () => error, `${path} ${k}x${length} velocity`);
      assertWithin(read(ours!), w, () => error, `${path} ${k}x${length} weights`);
      fixture.clear();
    }
  }
}
