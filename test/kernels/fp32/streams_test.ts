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
    fixture.call("eoq_fp32_from_uint8", fixture.bytes(bytes), x, bytes.length, 0);
    assertEquals(read(x), Float32Array.from(bytes, (byte) => (byte >> 1) / 64));
    fixture.call("eoq_fp32_from_uint8", fixture.bytes(bytes), x, bytes.length, 128);
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
    fixture.call("eoq_fp32_from_uint8", fixture.bytes(target), x, 18, inputOffset(encoding));
    assertEquals(read(x), new Float32Array(18), encoding);
  }
});

Deno.test("SGD follows PyTorch's momentum and weight decay on every path", async () => {
  using fixture = await Fixture.open();
  const count = 16_400, steps = 5;
  const [rate, momentum, decay] = [0.1, 0.9, 5e-4].map(Math.fround) as [number, number, number];
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const source = uniformSource(7, 0);
    const weights = randomValues(source, count), velocity = new Float64Array(count);
    const w = fixture.tensor(weights), v = fixture.zeros(count);
    for (let step = 0; step < steps; step++) {
      const gradient = randomValues(source, count);
      fixture.call("eoq_fp32_sgd_step", w, v, fixture.tensor(gradient), count, rate, momentum, decay);
      gradient.forEach((g, i) => {
        velocity[i] = momentum * velocity[i]! + g + decay * weights[i]!;
        weights[i]! -= rate * velocity[i]!;
      });
    }
    // |v| stays below 5 and |w| below 3: five roundings of each a step.
    assertWithin(read(v), velocity, () => 5 * steps * 5 * ROUNDOFF, `${path} velocity`);
    assertWithin(read(w), weights, () => 5 * steps * 3 * ROUNDOFF, `${path} weights`);
    fixture.clear();
  }
});
