import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { RunError } from "../../../lib/errors.ts";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { Fixture } from "../fixture.ts";
import { centralDifferences, dot } from "./differences.ts";
import { assertWithin, randomValues, read, ROUNDOFF } from "./fixture.ts";
import { batchNorm, moments, normalize, type NormInputs, relu } from "./reference.ts";

const EPSILON = Math.fround(1e-5), MOMENTUM = Math.fround(0.1);
/** Roundings of the longest chain on the way to an output, beside the sums. */
const STEPS = 12;

interface Case {
  readonly pixels: number;
  readonly c: number;
  readonly residual: boolean;
  readonly rectified: boolean;
  readonly seed: number;
}

const cases = fc.record({
  pixels: fc.integer({ min: 2, max: 40 }),
  c: fc.constantFrom(1, 3, 10, 16, 63, 64, 65),
  residual: fc.boolean(),
  rectified: fc.boolean(),
  seed: fc.nat(),
});

function inputsOf({ pixels, c, residual, seed }: Case): NormInputs {
  const source = uniformSource(seed, 1);
  return {
    x: randomValues(source, pixels * c).map((value) => Math.fround(value + 0.5)),
    gamma: randomValues(source, c, 2),
    beta: randomValues(source, c),
    residual: residual ? randomValues(source, pixels * c) : undefined,
  };
}

/** What follows the normalization. */
const activation = ({ rectified }: Case) => (y: Float64Array) => rectified ? relu(y) : y;

const absoluteMean = (x: Float64Array, c: number) => moments(x.map(Math.abs), c).mean;

/** Calls the forward kernel; returns all that it writes. */
function forward(fixture: Fixture, { x, gamma, beta, residual }: NormInputs, rectified = true) {
  const c = gamma.length;
  const tensors = {
    x: fixture.tensor(x),
    y: fixture.zeros(x.length),
    gamma: fixture.tensor(gamma),
    beta: fixture.tensor(beta),
    mean: fixture.zeros(c),
    inverseStd: fixture.zeros(c),
    runningMean: fixture.zeros(c),
    runningVariance: fixture.tensor(new Float32Array(c).fill(1)),
  };
  const { runningMean: running_mean, runningVariance: running_variance, inverseStd: inverse_std, ...others } = tensors;
  fixture.call("fp32_batchnorm_relu_forward", {
    ...others,
    residual: residual && fixture.tensor(residual),
    running_mean,
    running_variance,
    relu: Number(rectified),
    momentum: MOMENTUM,
    epsilon: EPSILON,
    inverse_std,
    pixels: x.length / c,
    c,
  });
  return tensors;
}

/** Relative error of a normalised value: of the mean, seen in deviations, of the deviation and of the rest. */
function forwardTolerance(inputs: NormInputs, variance: Float64Array) {
  const c = inputs.gamma.length, pixels = inputs.x.length / c;
  const means = absoluteMean(inputs.x, c);
  return (i: number) => {
    const k = i % c, inverseStd = 1 / Math.sqrt(variance[k]! + EPSILON);
    const magnitude = Math.abs(inputs.gamma[k]!) * inverseStd * (means[k]! + Math.abs(inputs.x[i]!));
    const rest = Math.abs(inputs.beta[k]!) + Math.abs(inputs.residual?.[i] ?? 0);
    return (Math.min(pixels, 256) + STEPS) * ROUNDOFF * (magnitude + rest);
  };
}

function checkForward(fixture: Fixture, each: Case): void {
  const inputs = inputsOf(each), { c, pixels } = each;
  const { mean, squares } = moments(inputs.x, c);
  const variance = squares.map((sum) => sum / pixels);
  const activate = activation(each);
  const y = activate(batchNorm(inputs, EPSILON)), tolerance = forwardTolerance(inputs, variance);
  const sums = (Math.min(pixels, 256) + STEPS) * ROUNDOFF, means = absoluteMean(inputs.x, c);
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const out = forward(fixture, inputs, each.rectified);
    const what = `${path} ${JSON.stringify(each)}`;
    assertWithin(read(out.y), y, tolerance, `${what} y`);
    assertWithin(read(out.mean), mean, (k) => sums * means[k]!, `${what} mean`);
    const runningMean = mean.map((value) => MOMENTUM * value);
    assertWithin(read(out.runningMean), runningMean, (k) => sums * means[k]!, `${what} running mean`);
    const unbiased = squares.map((sum) => 1 + MOMENTUM * (sum / (pixels - 1) - 1));
    assertWithin(read(out.runningVariance), unbiased, (k) => sums * (1 + unbiased[k]!), `${what} running variance`);
    fixture.clear();
  }
}

function checkBackward(fixture: Fixture, each: Case): void {
  const inputs = inputsOf(each), { c, pixels, rectified } = each, activate = activation(each);
  const before = batchNorm(inputs, EPSILON);
  // Near its kink the ReLU has no derivative: those outputs do not count in the loss.
  const errors = uniformSource(each.seed, 2);
  const error = () => randomValues(errors, before.length).map((g, i) => Math.abs(before[i]!) < 0.02 ? 0 : g);
  const through = error(), skip = each.residual ? error() : undefined;
  const dy = through.map((g, i) => Math.fround(g + (skip?.[i] ?? 0)));
  const loss = (changed: Partial<NormInputs>) => dot(activate(batchNorm({ ...inputs, ...changed }, EPSILON)), dy);
  const h = 1e-5;
  const dx = centralDifferences((x) => loss({ x }), inputs.x, h);
  const dgamma = centralDifferences((gamma) => loss({ gamma }), inputs.gamma, h);
  const dbeta = centralDifferences((beta) => loss({ beta }), inputs.beta, h);
  const masked = dy.map((value, i) => !rectified || before[i]! > 0 ? value : 0);

  const { squares } = moments(inputs.x, c), meanDy = absoluteMean(masked, c), meanX = absoluteMean(inputs.x, c);
  const inverseStd = squares.map((sum) => 1 / Math.sqrt(sum / pixels + EPSILON));
  const sums = (Math.min(pixels, 256) + STEPS) * ROUNDOFF;
  // |xhat| with the error of its mean cannot pass this.
  const reach = inverseStd.map((value, k) => value * (meanX[k]! + 1.5));
  const dxTolerance = (i: number) => {
    const k = i % c, scale = Math.abs(inputs.gamma[k]!) * inverseStd[k]!;
    return sums * scale * (Math.abs(masked[i]!) + meanDy[k]! * (1 + reach[k]! ** 2)) + differenceError(k);
  };
  // Central differences: h^2 times a third derivative that goes with inverseStd^3, and rounding of the loss over h.
  const differenceError = (k: number) => h * h * pixels * (1 + inverseStd[k]!) ** 3 + 2 ** -50 * pixels * c / h;

  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const out = forward(fixture, inputs, rectified);
    const error = fixture.tensor(through), dg = fixture.zeros(c), db = fixture.zeros(c);
    const { x, gamma, beta, mean, inverseStd: inverse_std } = out;
    fixture.call("fp32_batchnorm_relu_backward", {
      dy: error,
      skip: skip && fixture.tensor(skip),
      y: skip && out.y,
      ...{ x, gamma, beta, mean, inverse_std },
      relu: Number(rectified),
      constant: 0,
      ...{ dgamma: dg, dbeta: db, pixels, c },
    });
    const what = `${path} ${JSON.stringify(each)}`;
    assertEquals(Float64Array.from(read(error)), skip === undefined ? through : masked, `${what} dy`);
    assertWithin(read(x), dx, dxTolerance, `${what} dx`);
    const channel = (k: number) => sums * pixels * meanDy[k]! + differenceError(k);
    assertWithin(read(db), dbeta, channel, `${what} dbeta`);
    assertWithin(read(dg), dgamma, (k) => channel(k) * (1 + reach[k]!), `${what} dgamma`);
    fixture.clear();
  }
}

Deno.test("batch norm forward and its statistics on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(fc.property(cases, (each) => checkForward(fixture, each)), { numRuns: 40 });
  // Several chunks, the last one ragged.
  for (const c of [3, 16, 100]) checkForward(fixture, { pixels: 12_003, c, residual: true, rectified: true, seed: c });
});

Deno.test("batch norm gradients on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(cases, (each) =>
      checkBackward(fixture, {
        ...each,
        pixels: Math.min(each.pixels, 12),
        // Behind a residual there is always a ReLU.
        rectified: each.rectified || each.residual,
      })),
    {
      numRuns: 15,
    },
  );
});

function checkConstant(fixture: Fixture, each: Case): void {
  const inputs = inputsOf(each), { c, pixels } = each;
  const before = batchNorm(inputs, EPSILON), errors = uniformSource(each.seed, 2);
  const dy = randomValues(errors, before.length).map((g, i) => Math.abs(before[i]!) < 0.02 ? 0 : g);
  const masked = dy.map((value, i) => !each.rectified || before[i]! > 0 ? value : 0);
  const sums = (Math.min(pixels, 256) + STEPS) * ROUNDOFF, means = absoluteMean(masked, c);
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const out = forward(fixture, inputs, each.rectified);
    const mean = read(out.mean), std = read(out.inverseStd), what = `${path} ${JSON.stringify(each)}`;
    const dg = fixture.zeros(c), db = fixture.zeros(c);
    fixture.call("fp32_batchnorm_relu_backward", {
      ...{ dy: fixture.tensor(dy), skip: undefined, y: each.residual ? out.y : undefined },
      ...{ x: out.x, gamma: out.gamma, beta: out.beta, mean: out.mean, inverse_std: out.inverseStd },
      ...{ relu: Number(each.rectified), constant: 1, dgamma: dg, dbeta: db, pixels, c },
    });
    const dx = masked.map((g, i) => g * inputs.gamma[i % c]! * std[i % c]!);
    assertWithin(read(out.x), dx, (i) => STEPS * ROUNDOFF * Math.abs(dx[i]!), `${what} dx`);
    const dbeta = new Float64Array(c), dgamma = new Float64Array(c), reach = new Float64Array(c);
    masked.forEach((g, i) => {
      const k = i % c, xhat = (inputs.x[i]! - mean[k]!) * std[k]!;
      dbeta[k]! += g;
      dgamma[k]! += g * xhat;
      reach[k] = Math.max(reach[k]!, Math.abs(xhat));
    });
    assertWithin(read(db), dbeta, (k) => sums * pixels * means[k]!, `${what} dbeta`);
    assertWithin(read(dg), dgamma, (k) => sums * pixels * means[k]! * (1 + reach[k]!), `${what} dgamma`);
    fixture.clear();
  }
}

Deno.test("batch norm gradients do not pass through statistics that are constants, on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(cases, (each) => checkConstant(fixture, { ...each, rectified: each.rectified || each.residual })),
    { numRuns: 20 },
  );
  checkConstant(fixture, { pixels: 12_003, c: 16, residual: false, rectified: true, seed: 5 });
});

Deno.test("batch norm keeps the variance under a mean 10,000 times larger", async () => {
  using fixture = await Fixture.open();
  const c = 16, pixels = 5000;
  const x = randomValues(uniformSource(1, 3), pixels * c).map((value) => Math.fround(10_000 + value));
  const { squares } = moments(x, c);
  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const ones = new Float64Array(c).fill(1);
    const out = forward(fixture, { x, gamma: ones, beta: ones.map(() => 0) });
    const expected = squares.map((sum) => 1 / Math.sqrt(sum / pixels + EPSILON));
    // A one-pass E[x^2] - E[x]^2 in fp32 would be off by more than the variance itself.
    assertWithin(read(out.inverseStd), expected, (k) => (256 + STEPS) * ROUNDOFF * expected[k]!, path);
    fixture.clear();
  }
});

Deno.test("batch norm of a single pixel gives relu(beta)", async () => {
  using fixture = await Fixture.open();
  const out = forward(fixture, {
    x: new Float64Array([5, 7]),
    gamma: new Float64Array([1, 1]),
    beta: new Float64Array([2, -3]),
  });
  assertEquals([...read(out.y)], [2, 0]);
});

Deno.test("batch norm inference with running statistics, in place or not, on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(cases, (each) => {
      const inputs = inputsOf(each), { c, pixels } = each, source = uniformSource(each.seed, 4);
      const mean = randomValues(source, c), variance = randomValues(source, c).map((v) => Math.fround(v + 1.5));
      const y = activation(each)(normalize(inputs, mean, variance, EPSILON));
      const shifted = { ...inputs, x: inputs.x.map((value, i) => Math.abs(value) + Math.abs(mean[i % c]!)) };
      const tolerance = forwardTolerance(shifted, variance);
      for (const path of fixture.paths) {
        fixture.library.selectIsa(path);
        const statistics = {
          gamma: fixture.tensor(inputs.gamma),
          beta: fixture.tensor(inputs.beta),
          running_mean: fixture.tensor(mean),
          running_variance: fixture.tensor(variance),
        };
        const infer = (into: "x" | "residual" | "y") => {
          const x = fixture.tensor(inputs.x), residual = inputs.residual && fixture.tensor(inputs.residual);
          const output = into === "x" ? x : into === "y" ? fixture.zeros(x.count) : residual!;
          fixture.call("fp32_batchnorm_relu_inference", {
            ...{ x, residual, ...statistics },
            relu: Number(each.rectified),
            epsilon: EPSILON,
            ...{ y: output, pixels, c },
          });
          return read(output);
        };
        const result = infer("y");
        assertWithin(result, y, tolerance, `${path} ${JSON.stringify(each)}`);
        assertEquals(infer("x"), result);
        if (inputs.residual !== undefined) assertEquals(infer("residual"), result);
        fixture.clear();
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("batch norm refuses a skip without the tensor whose gradient takes it", async () => {
  using fixture = await Fixture.open();
  const large = () => fixture.zeros(6), small = () => fixture.zeros(3);
  const tensors = { dy: large(), skip: large(), y: undefined, x: large(), gamma: small(), beta: small() };
  const sums = { mean: small(), inverse_std: small(), dgamma: small(), dbeta: small() };
  assertThrows(
    () => fixture.call("fp32_batchnorm_relu_backward", { ...tensors, ...sums, relu: 1, constant: 0, pixels: 2, c: 3 }),
    RunError,
    "skip: needs y",
  );
});
