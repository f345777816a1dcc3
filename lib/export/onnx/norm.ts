/**
 * Batch normalization in integers by the running statistics
 * (kernels/int8/batchnorm_channel.c) as ONNX operators. What depends on a
 * channel alone is a constant of shape (1, channels, 1, 1); what depends on the
 * exponent of an image's sums, too, has the shape (images, channels, 1, 1).
 *
 * @module
 */

import type { Words } from "../../native/words.ts";
import type { Operand } from "./graph.ts";
import { fixed, type Int8Calls } from "./int8.ts";

/** Of xhat, whose steps are 2^-11, and of v = gamma xhat + beta. */
const XHAT_EXPONENT = -11, SUM_EXPONENT = -17;
const MEAN_FRACTION = 16, FACTOR_FRACTION = 15, PRODUCT_BITS = 30, FACTOR_BITS = 16, MOST_SHIFT = 31;
const RUNNING_EXPONENT = -20, MOST_MEAN = 2 ** 46 - 1, MOST_XHAT = 2 ** 15 - 1, MOST_RESIDUAL = 2 ** 22;

/** 1 / std as mantissa * 2^exponent, for sums in steps of 1: the inverse of a normalised number of 32 bits. */
function inverseOf(std: number): { readonly mantissa: number; readonly exponent: number } {
  const positive = Math.max(std, 1), drop = Math.floor(Math.log2(positive)) + 1 - 32;
  const mantissa = (1n << 63n) / BigInt(positive * 2 ** -drop);
  return { mantissa: Number(mantissa), exponent: -63 - RUNNING_EXPONENT - drop };
}

/** y = quantize(relu(batchnorm(x) + residual)), or the same without relu. */
export function normalize(calls: Int8Calls, words: Words<"int8_batchnorm_inference">): void {
  const { graph, arithmetic: a } = calls, c = fixed(words.c);
  const sums = calls.sums(words.x), { unit } = sums;
  const norm = words.norm.read(new Int8Array(2 * c)), running = words.running.read(new Int32Array(2 * c));
  const channels = (what: string, values: ArrayLike<number>) => graph.constant(what, "double", [1, c, 1, 1], values);
  const inverses = Array.from(running.subarray(c), inverseOf);

  // 2^E, E being the exponent of 1 / std in steps of the product.
  const steps = FACTOR_FRACTION - XHAT_EXPONENT;
  const scale = a.multiply(channels("scale", inverses.map(({ exponent }) => 2 ** (exponent + steps))), unit);
  const shift = a.within(a.divide(2 ** (FACTOR_BITS - 32), scale), 1, 2 ** MOST_SHIFT);
  const mantissa = channels("inverse", inverses.map(({ mantissa }) => mantissa));
  const factor = a.align(mantissa, a.multiply(scale, shift), 2 ** PRODUCT_BITS);
  const meanPower = a.divide(2 ** (RUNNING_EXPONENT + MEAN_FRACTION), unit);
  const mean = a.align(channels("mean", running.subarray(0, c)), meanPower, MOST_MEAN);
  const whole = a.floor(a.multiply(mean, 2 ** -MEAN_FRACTION));
  const fraction = a.add(mean, a.multiply(whole, -(2 ** MEAN_FRACTION)));
  const lost = a.floor(a.divide(a.multiply(fraction, factor), a.multiply(shift, 2 ** MEAN_FRACTION)));
  const dropped = graph.operator("Where", [
    graph.operator("Greater", [shift, 1]),
    a.floor(a.multiply(factor, 0.5)),
    0,
  ]);
  const offset = a.add(a.add(dropped, 2 ** (FACTOR_FRACTION - 1)), a.multiply(lost, -1));
  const limit = a.floor(a.divide(2 ** PRODUCT_BITS, a.maximum(factor, 1)));

  const centred = a.add(a.add(sums.values, sums.bias), a.multiply(whole, -1));
  const shifted = a.floor(a.divide(centred, shift));
  const t = a.maximum(a.minimum(shifted, limit), a.multiply(limit, -1));
  const product = a.multiply(a.add(a.multiply(t, factor), offset), 2 ** -FACTOR_FRACTION);
  const xhat = a.within(a.floor(product), -MOST_XHAT, MOST_XHAT);
  const beta = channels("beta", Array.from(norm.subarray(c), (each) => each * 2 ** -XHAT_EXPONENT));
  const own = a.add(a.multiply(xhat, channels("gamma", norm.subarray(0, c))), beta);
  const v = words.residual === undefined ? own : a.add(own, residual(calls, words.residual));
  const relu = fixed(words.relu) === 1, values = relu ? a.maximum(v, 0) : v;
  const most = a.largest(relu ? values : graph.operator("Abs", [values]));
  const range = { low: relu ? 0 : a.multiply(most, -1), high: most };
  calls.quantizeWithin(words.y, { values, offset: 0, shape: sums.shape, unit: 2 ** SUM_EXPONENT }, range, { bits: 8 });
}

/** A shortcut in the steps of v. */
function residual(calls: Int8Calls, tensor: NonNullable<Words<"int8_batchnorm_inference">["residual"]>): Operand {
  const { arithmetic: a } = calls, from = calls.activation(tensor);
  const factor = a.align(1, a.divide(from.unit, 2 ** SUM_EXPONENT), MOST_RESIDUAL);
  return a.multiply(calls.numbers(from), factor);
}
