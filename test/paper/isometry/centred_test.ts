import { assert, assertAlmostEquals } from "@std/assert";
import { normal, uniformSource } from "../../../lib/exec/fp32/random.ts";
import { centredBranchPower, centredShare } from "../../../lib/paper/isometry/centred.ts";
import { type ConvPlan, outputSize } from "../../../lib/plan/plan.ts";
import { standardError, summarise } from "../../../lib/statistics/spread.ts";

/** Filters of n weights each, whose mean is taken off. */
function centredFilters(filters: number, n: number, sigma: number, source: () => number): number[][] {
  return Array.from({ length: filters }, () => {
    const weights = [...normal(source, n, sigma)];
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / n;
    return weights.map((weight) => weight - mean);
  });
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, each, i) => sum + each * b[i]!, 0);

Deno.test("centred weights: moments of the matrix are those of one of independent weights with a column less", () => {
  const rows = 6, columns = 9, count = 4000;
  const source = uniformSource(5, 0);
  const samples = Array.from({ length: count }, () => {
    const filters = centredFilters(rows, columns, 1, source);
    const gram = filters.map((a) => filters.map((b) => dot(a, b)));
    const first = gram.reduce((sum, row, i) => sum + row[i]!, 0) / rows;
    return { first, second: gram.flat().reduce((sum, each) => sum + each * each, 0) / rows };
  });
  const columnLess = columns - 1;
  const check = (values: number[], expected: number) => {
    const summary = summarise(values), error = standardError(summary)!;
    assert(error < 0.01 * expected, `the error ${error} says nothing`);
    assertAlmostEquals(summary.mean, expected, 4 * error);
  };
  // Wishart: E tr G / m = n, E tr G^2 / m = n (n + m + 1).
  check(samples.map(({ first }) => first), columnLess);
  check(samples.map(({ second }) => second), columnLess * (columnLess + rows + 1));
  const conv = { kernel: 3, inputs: 1 } as ConvPlan;
  assertAlmostEquals(columns * centredShare(conv), columnLess, 1e-12);
});

/** (height * width) x channels of a square image. */
type Image = number[][];

/** What the filters, row by row of taps and then channels, make of an image: pixel by pixel, zeros around it. */
function convolve(conv: ConvPlan, filters: readonly number[][], image: Image): Image {
  const { height } = outputSize(conv);
  const pixels: Image = [];
  for (let oy = 0; oy < height; oy++) {
    for (let ox = 0; ox < height; ox++) {
      const window: number[] = [];
      for (let ky = 0; ky < conv.kernel; ky++) {
        for (let kx = 0; kx < conv.kernel; kx++) {
          const y = oy * conv.stride - conv.padding + ky, x = ox * conv.stride - conv.padding + kx;
          const inside = y >= 0 && y < conv.height && x >= 0 && x < conv.width;
          window.push(...inside ? image[y * conv.width + x]! : new Array(conv.inputs).fill(0));
        }
      }
      pixels.push(filters.map((filter) => dot(filter, window)));
    }
  }
  return pixels;
}

const relu = (image: Image): Image => image.map((pixel) => pixel.map((value) => Math.max(0, value)));

for (const stride of [1, 2]) {
  Deno.test(`centred weights: power of a branch of stride ${stride}, borders included, against sampled filters`, () => {
    const size = 6, inputs = 32, outputs = 32 * stride;
    const conv1: ConvPlan = {
      ...{ name: "conv1", height: size, width: size, kernel: 3, stride, padding: 1, inputs, outputs },
    };
    const { height } = outputSize(conv1);
    const conv2 = { ...conv1, name: "conv2", height, width: height, stride: 1, inputs: outputs };
    const sigma = (conv: ConvPlan) => Math.sqrt(2 / (conv.kernel ** 2 * conv.outputs));
    const powers = Array.from({ length: 120 }, (_, seed) => {
      const source = uniformSource(seed + 1, stride);
      const x = relu(Array.from({ length: size * size }, () => [...normal(source, inputs, 1)]));
      const filters = (conv: ConvPlan) => centredFilters(outputs, 9 * conv.inputs, sigma(conv), source);
      const inner = relu(convolve(conv1, filters(conv1), x));
      const added = convolve(conv2, filters(conv2), inner).flat();
      return dot(added, added) / added.length;
    });
    const summary = summarise(powers), error = standardError(summary)!;
    assert(error < 0.015 * summary.mean, `the error ${error} says nothing`);
    const reads = { power: 1 / 2, mean: 1 / Math.sqrt(2 * Math.PI) };
    const block = { name: "block", conv1, conv2, changesShape: stride > 1 };
    const expected = centredBranchPower(block, reads);
    assertAlmostEquals(summary.mean, expected, 4 * error);
    // Without the windows on the border it would be another number.
    const inside = (1 - 1 / Math.PI) ** 2 / stride;
    assert(Math.abs(expected / inside - 1) > 0.05, `${expected} ${inside}`);
  });
}
