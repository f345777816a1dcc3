/**
 * A step of two small networks as calls: what tests of programs run.
 *
 * @module
 */

import type { KernelName } from "../../lib/native/declarations.ts";
import type { Kernels, Place } from "../../lib/native/kernels.ts";
import { uniformSource } from "../../lib/exec/fp32/random.ts";
import type { SlotValues } from "../../lib/native/program.ts";
import type { TensorType } from "../../lib/native/tensor.ts";
import { NEAREST, type Number, type Quantizer, Slot, type Words } from "../../lib/native/words.ts";
import { contents, fill } from "../kernels/contents.ts";
import type { Fixture } from "../kernels/fixture.ts";

const PLACE: Place = { layer: "test", phase: "forward" };
const N = 2, X = N * 5 * 4 * 3, Y = N * 3 * 2 * 6, WEIGHTS = 6 * 3 * 3 * 3;

/** What a step is told of its slots: values, or slots. */
export type Slots = Readonly<Record<"share" | "step" | "mantissa" | "rate", Number>>;

/** The slots of a step. */
export const SLOTS: Slots = {
  share: new Slot("share"),
  step: new Slot("step"),
  mantissa: new Slot("mantissa"),
  rate: new Slot("rate"),
};

/** Tensors of a small network, float and int8, with the same contents in each. */
export function makeTensors(fixture: Fixture) {
  let seed = 0;
  const filled = (count: number, type: TensorType, below?: number) => {
    const tensor = fixture.zeros(count, type);
    fill(tensor, { name: "", type: tensor.type, count, ...below !== undefined && { below } }, uniformSource(3, seed++));
    return tensor;
  };
  const fp32 = (count: number) => filled(count, "fp32"), int8 = (count: number) => filled(count, "int8");
  const int32 = (count: number) => fixture.zeros(count, "int32");
  const geometry = { height: 5, width: 4, inputs: 3, outputs: 6, kernel: 3, stride: 2, padding: 1 };
  const policy = {
    ...{ weight_bits: 8, gradient_bits: 8, gradient_nearest: 0, gradient_fixed: 0, gradient_exponent: 0 },
    ...{ update_bits: 8, update_nearest: 0, momentum_shift: 3, feedback: 0, nesterov: 0, decay: 0 },
  };
  return {
    ...{ images: filled(X, "uint8"), labels: filled(N, "int16", 6), partners: filled(N, "int16", 6) },
    ...{ x: fp32(X), weights: fp32(WEIGHTS), y: fp32(Y), z: fp32(Y), velocity: fp32(WEIGHTS), dw: fp32(WEIGHTS) },
    ...{ gamma: fp32(6), beta: fp32(6), mean: fp32(6), std: fp32(6), running_mean: fp32(6), running_variance: fp32(6) },
    ...{ dgamma: fp32(6), dbeta: fp32(6), logits: fp32(N * 6), dlogits: fp32(N * 6), metrics: filled(2, "fp64") },
    ...{ qx: int8(X), qweights: int8(WEIGHTS), sums: int32(Y), qy: int8(Y), qdw: int32(WEIGHTS) },
    ...{ momentum: int32(WEIGHTS), policy, shape: fixture.shape(geometry) },
  };
}

/** What a step computes with. */
export type Tensors = ReturnType<typeof makeTensors>;

/** A step of both networks: 14 calls, of which each but the first few needs what the others wrote. */
export function step(kernels: Kernels, t: Tensors, { share, step, mantissa, rate }: Slots): void {
  const call = <K extends KernelName>(kernel: K, words: Words<K>) => kernels.call(kernel, words, PLACE);
  const sizes = { shape: t.shape, n: N }, pooled = { n: N, pixels: 6, c: 6 }, norm = { pixels: 12, c: 6 };
  const channels = { gamma: t.gamma, beta: t.beta, mean: t.mean, inverse_std: t.std };
  const running = { running_mean: t.running_mean, running_variance: t.running_variance };
  call("fp32_from_uint8", { images: t.images, offset: 0, x: t.x, count: X });
  call("fp32_conv_forward", { x: t.x, weights: t.weights, y: t.y, ...sizes });
  const rates = { momentum: 0.1, epsilon: 1e-5 };
  const forward = { x: t.y, residual: undefined, y: t.z, relu: 1, ...channels, ...running, ...rates, ...norm };
  call("fp32_batchnorm_relu_forward", forward);
  call("fp32_pool_forward", { x: t.z, y: t.logits, ...pooled });
  const targets = { labels: t.labels, partners: t.partners, share, smoothing: 0 };
  const loss = { logits: t.logits, ...targets, dlogits: t.dlogits, metrics: t.metrics, n: N, classes: 6 };
  call("fp32_softmax_cross_entropy", loss);
  call("fp32_pool_backward", { dy: t.dlogits, dx: t.z, ...pooled });
  const backward = { dy: t.z, skip: undefined, y: undefined, x: t.y, dgamma: t.dgamma, dbeta: t.dbeta };
  call("fp32_batchnorm_relu_backward", { ...backward, relu: 1, constant: 0, ...channels, ...norm });
  call("fp32_conv_backward_weights", { x: t.x, dy: t.y, dweights: t.dw, ...sizes });
  const sgd = { weights: t.weights, velocity: t.velocity, gradient: t.dw, momentum: 0.9, decay: 1e-4, count: WEIGHTS };
  call("fp32_sgd_step", { ...sgd, nesterov: 0, learning_rate: rate });

  const quantizer: Quantizer = { ...NEAREST, stochastic: 1, seed: 7, step, stream: 2 ** 31 };
  call("int8_input", { images: t.images, offset: 0, x: t.qx, count: X });
  const conv = { x: t.qx, weights: t.qweights, scalars: undefined, bias: -1, biases: 1, y: t.sums, ...sizes };
  call("int8_conv_forward", conv);
  call("int8_quantize", { x: t.sums, y: t.qy, quantizer, count: Y });
  call("int8_conv_backward_weights", { x: t.qx, dy: t.qy, fine: undefined, dw: t.qdw, ...sizes });
  const weights = { weights: t.qweights, fraction: undefined, momentum: t.momentum, dw: t.qdw, policy: t.policy };
  const keys = { rate_mantissa: mantissa, rate_exponent: -12, count: WEIGHTS, seed: 7, step, stream: 1 };
  call("int8_update", { ...weights, ...keys });
}

/** Calls of a step. */
export const CALLS = 14;

/** Everything that a step can change. */
export function contentsOf({ policy: _policy, shape: _shape, ...tensors }: Tensors): Record<string, string> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, contents(tensor)]));
}

/** Values of the slots in step `i`. */
export const valuesOf = (i: number): SlotValues => ({
  share: 200 - i,
  step: 2 ** 31 + i,
  mantissa: 128 + i,
  rate: 0.1 / (1 + i),
});
