import { assert, assertEquals, assertThrows } from "@std/assert";
import { bearsTwice, eoqExponent, learningRate, scalarLearningRate } from "../../../lib/exec/int8/learning_rate.ts";
import { buildPlan } from "../../../lib/plan/models.ts";

const value = ({ mantissa, exponent }: { mantissa: number; exponent: number }) => mantissa * 2 ** exponent;

Deno.test("the initial rate and its powers of two are exact: a constant per summed image, up to a batch", () => {
  const exponents = [
    ...[[1, -8, -8], [2, -9, -8], [16, -9, -8], [17, -9, -9], [32, -9, -9], [33, -10, -9], [64, -10, -9]],
    ...[[65, -11, -10], [128, -11, -10], [129, -12, -11], [1024, -14, -13]],
  ] as [number, number, number][];
  for (const [batch, half, centered] of exponents) {
    for (const decays of [0, 1, 3]) {
      assertEquals(value(learningRate(eoqExponent(batch, "half"), 65536 / 4 ** decays)), 2 ** (half - 2 * decays));
      assertEquals(
        value(learningRate(eoqExponent(batch, "centered"), 65536 / 4 ** decays)),
        2 ** (centered - 2 * decays),
      );
    }
  }
});

Deno.test("networks of few blocks have twice the rate where gradients are centred, at every batch", () => {
  const shape = { height: 16, width: 16, channels: 1, classes: 10 };
  const twice = (model: string, centredGradients = true) => bearsTwice(buildPlan(model, shape), { centredGradients });
  assertEquals(["resnet-8", "resnet-14", "resnet-20", "lenet", "mlp"].map((model) => twice(model)), [
    ...[true, false, false, false, false],
  ]);
  assert(!twice("resnet-8", false));
  for (const batch of [1, 2, 32, 128]) assertEquals(eoqExponent(batch, "half", true), eoqExponent(batch, "half") + 1);
});

Deno.test("every rate is within half a mantissa step, and scalars have a tenth of it", () => {
  for (let rate = 1; rate <= 65536; rate += rate < 600 ? 1 : 61) {
    const weights = learningRate(-9, rate);
    assert(weights.mantissa >= 1 && weights.mantissa <= 255);
    assert(Math.abs(value(weights) / (rate / 65536 * 2 ** -9) - 1) <= 2 ** -8, `${rate}`);
    const scalars = scalarLearningRate(weights, 205);
    assert(scalars.mantissa >= 1 && scalars.mantissa <= 255);
    assert(Math.abs(value(scalars) / (value(weights) * 205 / 2048) - 1) <= 2 ** -8, `${rate}`);
  }
  assertEquals(scalarLearningRate({ mantissa: 128, exponent: -16 }, 205), { mantissa: 205, exponent: -20 });
});

Deno.test("a rate that is no positive whole number is refused", () => {
  for (const rate of [0, -1, 0.5, NaN, 2 ** 25]) {
    assertThrows(() => learningRate(-9, rate), RangeError, `rate: ${rate}`);
  }
});
