import { assert } from "@std/assert";
import { createEoqNetwork } from "../../../lib/exec/int8/eoq_network.ts";
import { bearsTwice } from "../../../lib/exec/int8/learning_rate.ts";
import { scalarLayout } from "../../../lib/exec/int8/parameters.ts";
import { FULL_RATE, type StateEntry } from "../../../lib/exec/network.ts";
import { PAPER_RECIPE } from "../../../lib/exec/recipe.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import { integers } from "../../kernels/int8/fixture.ts";
import { SMALL_PLANS } from "../plans.ts";
import { FloatNetwork, type Value, valueOf } from "./float_network.ts";

const BATCH = 12;
/** Exponents of the learning rate of a summed gradient, and of the momentum's steps below those of weights. */
const RATE = -9, MOMENTUM = -12;
/** The same for scalars: a tenth is 205 / 2^11; steps of biases, scales and their momentum below those. */
const SCALAR_RATE = 2 ** RATE * 205 / 2 ** 11, BIAS = -14, SCALE = -13, SCALAR_MOMENTUM = -16;

/** Weights and scalars of which none is zero, so that every path has a gradient. */
function lively(entries: readonly StateEntry[], plan: Plan): StateEntry[] {
  const next = integers(21);
  const { biases } = scalarLayout(plan);
  return entries.map((entry) => {
    if (!entry.weights) return entry;
    const bytes = new Uint8Array(entry.bytes);
    if (entry.name === "scalars") {
      const scalars = new Int16Array(bytes.buffer);
      scalars.forEach((_, i) => scalars[i] = i < biases ? next(-2500, 2500) : next(5000, 11000));
      return { ...entry, bytes };
    }
    const weights = new Int8Array(bytes.buffer);
    const fanIn = entry.shape.slice(1).reduce((product, size) => product * size, 1);
    // Uniform to some deviations of He's, on the grid that the entry has; small logits, whose errors are large.
    const reach = entry.name.startsWith("classifier") ? 0.6 : 1.8;
    const range = Math.min(127, Math.max(2, Math.round(reach / Math.sqrt(fanIn) / 2 ** entry.exponent)));
    weights.forEach((_, i) => weights[i] = next(-range, range));
    return { ...entry, bytes };
  });
}

const at = (entries: readonly StateEntry[], name: string) => entries.find((entry) => entry.name === name)!;

function floats(entries: readonly StateEntry[], plan: Plan): { weights: Map<string, Value>; scalars: Value } {
  const weights = new Map<string, Value>();
  for (const { name, bytes, exponent } of entries) {
    if (!name.endsWith(".weights")) continue;
    const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    weights.set(name.slice(0, -".weights".length), valueOf(Float64Array.from(values, (q) => q * 2 ** exponent)));
  }
  const { biases } = scalarLayout(plan);
  const raw = new Int16Array(new Uint8Array(at(entries, "scalars").bytes).buffer);
  return { weights, scalars: valueOf(Float64Array.from(raw, (q, i) => q * 2 ** (i < biases ? BIAS : SCALE))) };
}

/** Cosine of the angle between two vectors, and the ratio of their lengths. */
function compare(given: Float64Array, expected: Float64Array): { cosine: number; ratio: number } {
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
  const lengths = Math.sqrt(dot(given, given) * dot(expected, expected));
  return { cosine: dot(given, expected) / lengths, ratio: Math.sqrt(dot(given, given) / dot(expected, expected)) };
}

/** The gradient minus each channel's mean. */
function centred(gradient: Float64Array, channels: number): Float64Array {
  const channel = gradient.length / channels;
  const means = Array.from(
    { length: channels },
    (_, k) => gradient.subarray(k * channel, (k + 1) * channel).reduce((sum, each) => sum + each, 0) / channel,
  );
  return gradient.map((each, i) => each - means[Math.floor(i / channel)]!);
}

/** Whether gradients are centred; the momentum of a step without feedback is its gradient. */
const CENTRED = [false, true];

Deno.test("the gradients of a whole step are those of the network without quantizers, but for their rounding", async () => {
  using library = await openLibrary();
  for (const [plan, centredGradients] of SMALL_PLANS.flatMap((plan) => CENTRED.map((is) => [plan, is] as const))) {
    const recipe = { ...PAPER_RECIPE, centredGradients };
    const network = createEoqNetwork({ library, plan, batch: BATCH, seed: 3, recipe });
    const start = lively(network.state(), plan);
    network.restore(start);
    const next = integers(5);
    const pixels = plan.height * plan.width * plan.channels;
    const images = Uint8Array.from({ length: BATCH * pixels }, () => next(0, 255));
    const labels = Int16Array.from({ length: BATCH }, () => next(0, plan.classes - 1));
    const { lossSum } = network.trainStep({ images, labels, count: BATCH }, { step: 0, rate: FULL_RATE });
    const behind = network.state();
    network.close();

    const { weights, scalars } = floats(start, plan);
    const loss = new FloatNetwork(plan, weights, scalars, BATCH)
      .run(Float64Array.from(images, (byte) => (byte >> 1) / 64), labels);
    assert(Math.abs(lossSum / loss - 1) < 0.05, `${plan.model}: loss ${lossSum}, not ${loss}`);
    for (const [name, { gradient }] of weights) {
      const { bytes, shape } = at(behind, `${name}.momentum`);
      const expected = centredGradients ? centred(gradient, shape[0]!) : gradient;
      const rate = RATE + Number(bearsTwice(plan, recipe));
      const unit = 2 ** (rate - MOMENTUM - at(start, `${name}.weights`).exponent);
      const momentum = Float64Array.from(new Int32Array(new Uint8Array(bytes).buffer), (v) => v / unit);
      const { cosine, ratio } = compare(momentum, expected);
      const found = `${plan.model}, centred ${centredGradients}, ${name}: cosine ${cosine}, lengths ${ratio}`;
      // A tensor that one error of the step reaches wrongly falls below 0.8.
      assert(cosine > 0.84 && ratio > 0.7 && ratio < 1.4, found);
    }
    const { biases } = scalarLayout(plan);
    const sums = new BigInt64Array(new Uint8Array(at(behind, "scalars.momentum").bytes).buffer);
    const scalarRate = SCALAR_RATE * (bearsTwice(plan, recipe) ? 2 : 1);
    const momentum = Float64Array.from(
      sums,
      (v, i) => Number(v) * 2 ** (SCALAR_MOMENTUM + (i < biases ? BIAS : SCALE)) / scalarRate,
    );
    const largest = scalars.gradient.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    momentum.forEach((each, i) =>
      assert(
        Math.abs(each - scalars.gradient[i]!) < 0.15 * largest,
        `${plan.model} scalar ${i}: ${each}, not ${scalars.gradient[i]}`,
      )
    );
  }
});
