import fc from "fast-check";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { Fixture } from "../fixture.ts";
import { shaped } from "../shapes.ts";
import { centralDifferences, dot } from "./differences.ts";
import { assertWithin, randomValues, read, ROUNDOFF } from "./fixture.ts";
import { convolution, outputOf, type Shape } from "./reference.ts";

const named: Shape[] = [
  { n: 2, h: 7, w: 7, c: 1, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 1, h: 7, w: 7, c: 3, k: 10, kernel: 3, stride: 2, pad: 1 },
  { n: 3, h: 1, w: 1, c: 17, k: 10, kernel: 1, stride: 1, pad: 0 },
  { n: 1, h: 1, w: 1, c: 3, k: 5, kernel: 3, stride: 1, pad: 1 },
  { n: 1, h: 6, w: 5, c: 2, k: 3, kernel: 3, stride: 2, pad: 0 },
  { n: 1, h: 5, w: 18, c: 16, k: 4, kernel: 3, stride: 1, pad: 1 },
  { n: 1, h: 4, w: 4, c: 2, k: 33, kernel: 3, stride: 2, pad: 1 },
  { n: 1, h: 7, w: 6, c: 1, k: 2, kernel: 5, stride: 2, pad: 2 },
  { n: 1, h: 3, w: 19, c: 17, k: 5, kernel: 3, stride: 2, pad: 1 },
  { n: 1, h: 2, w: 34, c: 8, k: 3, kernel: 3, stride: 2, pad: 1 },
  // Several partial weight gradients.
  { n: 17, h: 2, w: 2, c: 16, k: 2, kernel: 3, stride: 1, pad: 1 },
];

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  h: fc.integer({ min: 3, max: 7 }),
  w: fc.integer({ min: 3, max: 7 }),
  c: fc.integer({ min: 1, max: 4 }),
  k: fc.integer({ min: 1, max: 10 }),
  kernel: fc.constantFrom(1, 3),
  stride: fc.integer({ min: 1, max: 2 }),
}).map((shape): Shape => ({ ...shape, pad: shape.kernel === 3 ? 1 : 0 }));

const absolute = (values: Float64Array) => values.map(Math.abs);

/**
 * All three kernels against the reference and its central differences, on
 * every path. A sum of m products in any order errs by at most (m + 1) u
 * times the sum of their magnitudes, which is the same operation on the
 * operands' magnitudes (Higham, Accuracy and Stability, section 3.1).
 */
function check(fixture: Fixture, shape: Shape, seed: number): void {
  const { n, h, w, c, k, kernel, stride, pad } = shape;
  const geometry = shaped(fixture.library, n, h, w, c, k, kernel, stride, pad);
  const { oh, ow } = outputOf(shape);
  const source = uniformSource(seed, 0);
  const x = randomValues(source, n * h * w * c), weights = randomValues(source, k * kernel * kernel * c);
  const dy = randomValues(source, n * oh * ow * k);

  // The loss is linear in each operand, so a large step costs no accuracy.
  const gradients = (x: Float64Array, weights: Float64Array, dy: Float64Array) => ({
    dx: centralDifferences((each) => dot(convolution(each, weights, shape), dy), x, 1),
    dw: centralDifferences((each) => dot(convolution(x, each, shape), dy), weights, 1),
  });
  const y = convolution(x, weights, shape), { dx, dw } = gradients(x, weights, dy);
  const yScale = convolution(absolute(x), absolute(weights), shape);
  const { dx: dxScale, dw: dwScale } = gradients(absolute(x), absolute(weights), absolute(dy));
  const bound = (terms: number, scale: Float64Array) => (i: number) => (terms + 1) * ROUNDOFF * scale[i]! + 1e-12;

  for (const path of fixture.paths) {
    fixture.library.selectIsa(path);
    const inputs = { x: fixture.tensor(x), weights: fixture.tensor(weights), dy: fixture.tensor(dy) };
    const dirty = (count: number) => fixture.tensor(new Float32Array(count).fill(NaN));
    const outputs = { y: dirty(y.length), dx: dirty(dx.length), dw: dirty(dw.length) };
    fixture.call("fp32_conv_forward", { x: inputs.x, weights: inputs.weights, y: outputs.y, ...geometry });
    fixture.call("fp32_conv_backward_data", { dy: inputs.dy, weights: inputs.weights, dx: outputs.dx, ...geometry });
    fixture.call("fp32_conv_backward_weights", { x: inputs.x, dy: inputs.dy, dweights: outputs.dw, ...geometry });
    const what = `${path} ${JSON.stringify(shape)}`;
    assertWithin(read(outputs.y), y, bound(kernel * kernel * c, yScale), `${what} y`);
    assertWithin(read(outputs.dx), dx, bound(kernel * kernel * k, dxScale), `${what} dx`);
    assertWithin(read(outputs.dw), dw, bound(n * oh * ow, dwScale), `${what} dw`);
    fixture.clear();
  }
}

Deno.test("convolution and its gradients, named shapes on every path", async () => {
  using fixture = await Fixture.open();
  named.forEach((shape, i) => check(fixture, shape, i));
});

Deno.test("convolution and its gradients, random shapes on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(fc.property(shapes, fc.nat(), (shape, seed) => check(fixture, shape, seed)), { numRuns: 15 });
});
