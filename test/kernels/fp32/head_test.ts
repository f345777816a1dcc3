import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import type { Tensor } from "../../../lib/native/tensor.ts";
import { Fixture } from "../fixture.ts";
import { centralDifferences, dot } from "./differences.ts";
import { assertWithin, randomValues, read, ROUNDOFF } from "./fixture.ts";
import { addBias, crossEntropy, pool } from "./reference.ts";

const sizes = fc.record({
  n: fc.integer({ min: 1, max: 3 }),
  pixels: fc.constantFrom(1, 4, 49),
  c: fc.constantFrom(1, 3, 10, 17),
  seed: fc.nat(),
});

Deno.test("global average pool and its gradient on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(sizes, ({ n, pixels, c, seed }) => {
      const source = uniformSource(seed, 0);
      const x = randomValues(source, n * pixels * c), dy = randomValues(source, n * c);
      const dx = centralDifferences((each) => dot(pool(each, pixels, c), dy), x, 1);
      for (const path of fixture.paths) {
        fixture.library.selectIsa(path);
        const y = fixture.zeros(n * c), gradient = fixture.zeros(x.length);
        fixture.call("fp32_pool_forward", { x: fixture.tensor(x), y, n, pixels, c });
        fixture.call("fp32_pool_backward", { dy: fixture.tensor(dy), dx: gradient, n, pixels, c });
        // `pixels` additions and a division of a mean below 1; one division.
        assertWithin(read(y), pool(x, pixels, c), () => (pixels + 1) * ROUNDOFF, `${path} y`);
        assertWithin(read(gradient), dx, () => ROUNDOFF / pixels + 1e-13, `${path} dx`);
        fixture.clear();
      }
    }),
    { numRuns: 15 },
  );
});

Deno.test("bias and its gradient on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(sizes, ({ n, c, seed }) => {
      const source = uniformSource(seed, 0);
      const y = randomValues(source, n * c), bias = randomValues(source, c), dy = randomValues(source, n * c);
      const dbias = centralDifferences((each) => dot(addBias(y, each), dy), bias, 1);
      for (const path of fixture.paths) {
        fixture.library.selectIsa(path);
        const output = fixture.tensor(y), gradient = fixture.zeros(c);
        fixture.call("fp32_bias_forward", { y: output, bias: fixture.tensor(bias), n, c });
        fixture.call("fp32_bias_backward", { dy: fixture.tensor(dy), dbias: gradient, n, c });
        assertWithin(read(output), addBias(y, bias), () => 2 * ROUNDOFF, `${path} y`);
        assertWithin(read(gradient), dbias, () => n * n * ROUNDOFF + 1e-13, `${path} dbias`);
        fixture.clear();
      }
    }),
    { numRuns: 15 },
  );
});

/** Partners of the labels and the share of the labels. */
type Mixed = readonly [partners: ArrayLike<number>, share: number];

function loss(
  fixture: Fixture,
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  mixed?: Mixed,
  smoothing = 0,
) {
  const gradient = fixture.zeros(logits.length);
  const targets = {
    labels: fixture.int16(labels),
    partners: mixed && fixture.int16(mixed[0]),
    share: mixed?.[1] ?? 256,
    smoothing,
  };
  const metricsOf = (dlogits?: Tensor) => {
    const metrics = fixture.zeros(2, "fp64");
    const operands = { logits: fixture.tensor(logits), ...targets, dlogits, metrics };
    fixture.call("fp32_softmax_cross_entropy", { ...operands, n: labels.length, classes });
    const [sum, correct] = metrics.read(new Float64Array(2));
    return { sum: sum!, correct: correct! };
  };
  const result = metricsOf(gradient);
  assertEquals(metricsOf(), result);
  return { ...result, gradient: read(gradient) };
}

Deno.test("softmax cross-entropy: loss, gradient and correct count", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(sizes, fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constant(300)), ({ n, seed }, classes) => {
      const source = uniformSource(seed, 0);
      const logits = randomValues(source, n * classes, 8);
      const labels = Int16Array.from({ length: n }, () => Math.floor(source() * classes));
      const { sum, correct, gradient } = loss(fixture, logits, labels, classes);
      const expected = crossEntropy(logits, labels, classes);
      assert(Math.abs(sum - expected) <= 1e-12 * (1 + expected), `${sum} is not ${expected}`);
      const slope = centralDifferences((each) => crossEntropy(each, labels, classes) / n, logits, 1e-4);
      // Computed in double and rounded once; differences err by h^2 / 6 times a third derivative below 1.
      assertWithin(gradient, slope, (i) => ROUNDOFF * Math.abs(slope[i]!) + 1e-8, "dlogits");
      const best = Array.from(labels, (label, i) => {
        const row = logits.subarray(i * classes, (i + 1) * classes);
        return row.indexOf(Math.max(...row)) === label;
      });
      assertEquals(correct, best.filter(Boolean).length);
      fixture.clear();
    }),
  );
});

Deno.test("softmax cross-entropy of mixed labels: the mean loss and its gradient, hits of the own label", async () => {
  using fixture = await Fixture.open();
  const shares = fc.oneof(fc.constantFrom(0, 1, 128, 255, 256), fc.integer({ min: 0, max: 256 }));
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 12 }), shares, ({ n, seed }, classes, share) => {
      const source = uniformSource(seed, 0);
      const logits = randomValues(source, n * classes, 8);
      const [labels, partners] = [0, 1].map(() => Int16Array.from({ length: n }, () => Math.floor(source() * classes)));
      const own = loss(fixture, logits, labels!, classes);
      const other = loss(fixture, logits, partners!, classes);
      const mixed = loss(fixture, logits, labels!, classes, [partners!, share]);
      const mean = (a: number, b: number) => (share * a + (256 - share) * b) / 256;
      assert(Math.abs(mixed.sum - mean(own.sum, other.sum)) <= 1e-12 * (1 + own.sum + other.sum));
      // Three gradients of at most 1 / n, each rounded once.
      const expected = Float64Array.from(own.gradient, (each, i) => mean(each, other.gradient[i]!));
      assertWithin(mixed.gradient, expected, () => 2 * ROUNDOFF, "dlogits");
      assertEquals(mixed.correct, own.correct);
      // The same bits, not close ones, where nothing is mixed.
      assertEquals(loss(fixture, logits, labels!, classes, [partners!, 256]), own);
      assertEquals(loss(fixture, logits, labels!, classes, [partners!, 0]).gradient, other.gradient);
      assertEquals(loss(fixture, logits, labels!, classes, [labels!, share]), own);
      fixture.clear();
    }),
  );
});

Deno.test("softmax cross-entropy of smoothed labels, mixed or not: the mean loss over classes and its gradient", async () => {
  using fixture = await Fixture.open();
  const smoothings = fc.oneof(fc.constantFrom(1, 26, 128, 255, 256), fc.integer({ min: 1, max: 256 }));
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 12 }), smoothings, ({ n, seed }, classes, smoothing) => {
      const source = uniformSource(seed, 0);
      const logits = randomValues(source, n * classes, 8);
      const [labels, partners] = [0, 1].map(() => Int16Array.from({ length: n }, () => Math.floor(source() * classes)));
      for (const mixed of [undefined, [partners!, 77]] as const) {
        const plain = loss(fixture, logits, labels!, classes, mixed);
        const smoothed = loss(fixture, logits, labels!, classes, mixed, smoothing);
        const each = Array.from({ length: classes }, (_, c) => loss(fixture, logits, labels!.map(() => c), classes));
        const mean = (of: (result: typeof plain) => number) => {
          const all = each.reduce((sum, result) => sum + of(result), 0) / classes;
          return ((256 - smoothing) * of(plain) + smoothing * all) / 256;
        };
        const expected = mean(({ sum }) => sum);
        assert(
          Math.abs(smoothed.sum - expected) <= 1e-12 * (1 + classes * expected),
          `${smoothed.sum} is not ${expected}`,
        );
        // Gradients of at most 1 / n, each rounded once.
        const gradient = plain.gradient.map((_, i) => mean(({ gradient }) => gradient[i]!));
        assertWithin(smoothed.gradient, gradient, () => 2 * ROUNDOFF, "dlogits");
        assertEquals(smoothed.correct, plain.correct);
        assertEquals(loss(fixture, logits, labels!, classes, mixed, 0), plain);
      }
      fixture.clear();
    }),
    { numRuns: 40 },
  );
});

Deno.test("softmax cross-entropy of extreme logits is finite, and ties go to the first", async () => {
  using fixture = await Fixture.open();
  const { sum, correct, gradient } = loss(fixture, [1e4, -1e4, 1e4, -1e4], [1, 0], 2);
  assertEquals(sum, 2e4);
  assertEquals(correct, 1);
  assertEquals([...gradient], [0.5, -0.5, 0, 0]);
  assertEquals(loss(fixture, [3, 3, 3], [0], 3).correct, 1);
  assertEquals(loss(fixture, [3, 3, 3], [1], 3).correct, 0);
});
