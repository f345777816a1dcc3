import { assert, assertEquals } from "@std/assert";
import { createEoqNetwork } from "../../lib/exec/int8/eoq_network.ts";
import { FULL_RATE, type TensorCounters, type ValueCounters } from "../../lib/exec/network.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { cifarResnet } from "../../lib/plan/resnet.ts";
import { TraceWatch } from "../../lib/train/trace.ts";
import { integers } from "../kernels/int8/fixture.ts";

const fine = { exponent: -7, saturated: 0.01 };
const activation = (more = {}): TensorCounters => ({
  name: "a.input",
  kind: "activation",
  zeros: 0.5,
  ...fine,
  ...more,
});
const error = (more = {}): TensorCounters => ({ name: "a.error", kind: "error", zeros: 0.9, ...fine, ...more });
const logits = (more = {}) => error({ name: "classifier.error", ...more });
const weights = (more = {}): TensorCounters => ({
  name: "a.weights",
  kind: "weights",
  zeroUpdates: 0.9,
  meanUpdate: 0.1,
  relativeUpdate: 0.004,
  unchanged: 0.5,
  mean: 0.1,
  gradientNorm: 0.2,
  gradientMean: 0.3,
  ...fine,
  ...more,
});

/** What the watch says of each record in turn. */
function warnings(every: number, ...records: TensorCounters[][]): string[][] {
  const watch = new TraceWatch(every);
  return records.map((tensors, i) =>
    watch.warnings({ method: "eoq", step: (i + 1) * every, images: 1, rate: 1, loss: 1, tensors })
  );
}

Deno.test("trace: a healthy step has no bad sign", () => {
  assertEquals(warnings(100, [activation(), error(), weights({ unchanged: null })]), [[]]);
  assertEquals(warnings(100, [activation({ kind: "images", saturated: 0.5 })]), [[]]);
});

Deno.test("trace: clipped values are told once, of the worst tensor", () => {
  const bad = [activation({ saturated: 0.051 }), weights({ saturated: 0.0712 }), error()];
  const line = "eoq, step 100: a.weights: 7.1 % of its values are clipped at +-127 (worst of 2 tensors)";
  assertEquals(warnings(100, bad, bad), [[line], []]);
  assertEquals(warnings(100, [activation({ saturated: 0.05 })]), [[]]);
});

Deno.test("trace: a layer is dead when no weight changes in a thousand steps", () => {
  const still = [weights({ unchanged: 1 })];
  const line = "eoq, step 900: a.weights: no weight has changed in 1000 steps: the layer is dead";
  const records = (count: number) => Array.from({ length: count }, () => still);
  assertEquals(warnings(500, ...records(2)).map((lines) => lines.length), [0, 1]);
  assertEquals(warnings(100, ...records(9)).flat(), []);
  assertEquals(warnings(100, ...records(9), [weights()], ...records(9)).flat(), []);
  assertEquals(warnings(100, ...records(10)).flat(), [line.replace("900", "1000")]);
});

Deno.test("trace: an error of zeros is told, but not of the first steps", () => {
  const zeros = [logits(), error({ zeros: 1 })];
  const line = "eoq, step 21: a.error: all of it is 0: nothing below it learns";
  assertEquals(warnings(1, ...Array.from({ length: 21 }, () => zeros)).flat(), [line]);
});

Deno.test("trace: a learnt batch has errors of zeros, which is no bad sign and hides none that follows", () => {
  const learnt = [logits({ zeros: 1 }), error({ zeros: 1 })];
  const line = "eoq, step 300: a.error: all of it is 0: nothing below it learns";
  assertEquals(warnings(100, learnt, learnt, [logits(), error({ zeros: 1 })]), [[], [], [line]]);
});

Deno.test("trace: a network that has learnt its only batch is not warned of", async () => {
  using library = await openLibrary();
  const shape = { height: 8, width: 8, channels: 3, classes: 4 };
  const plan = cifarResnet("resnet-8", 1, shape), count = 4;
  const network = createEoqNetwork({ library, plan, batch: count, seed: 2 });
  const next = integers(1);
  const batch = {
    images: Uint8Array.from({ length: count * 8 * 8 * 3 }, () => next(0, 255)),
    labels: Int16Array.from({ length: count }, (_, i) => i),
    count,
  };
  const watch = new TraceWatch(1);
  const lines: string[] = [];
  let learnt = 0;
  for (let step = 1; step <= 400; step++) {
    const { metrics, tensors } = network.traceStep!(batch, { step, rate: FULL_RATE });
    const { zeros } = tensors.find((each) => each.name === "classifier.error") as ValueCounters;
    // An image whose every error is 0 has a probability of 1 - 2^-8 at least.
    if (zeros === 1 && step > 20) learnt++;
    if (zeros === 1) assert(metrics.lossSum <= -Math.log(1 - 2 ** -8) * count);
    lines.push(
      ...watch.warnings({ method: "eoq", step, images: step * count, rate: 1, loss: metrics.lossSum, tensors }),
    );
  }
  network.close();
  assert(learnt > 0);
  assertEquals(lines.filter((line) => line.includes("all of it is 0")), []);
});

Deno.test("trace: an exponent that drifts far from its first", () => {
  const at = (exponent: number) => [activation({ exponent })];
  const line = "eoq, step 300: a.input: its exponent is -23, 16 from where the trace began";
  assertEquals(warnings(100, at(-7), at(8), at(-23)), [[], [], [line]]);
});

Deno.test("trace: the exponent of zeros, as errors are at first, is none to drift from or to", () => {
  const at = (exponent: number, zeros = 0.5) => [error({ exponent, zeros })];
  assertEquals(warnings(10, at(-280, 1), at(-14), at(-15), at(-280, 1)).slice(0, 3), [[], [], []]);
  const line = "eoq, step 40: a.error: its exponent is -31, 17 from where the trace began";
  assertEquals(warnings(10, at(-280, 1), at(-14), at(-15), at(-31)), [[], [], [], [line]]);
});
