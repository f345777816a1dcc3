/**
 * Valid arguments of every int8 kernel.
 *
 * @module
 */

import type { INT8_PARAMETERS } from "../../../lib/native/symbols.ts";
import { ELEMENTS, type Parameter, shape, shaped, size, tensor, type TensorParameter } from "../arguments.ts";

const X = ELEMENTS.x, Y = ELEMENTS.y, CLASSES = 3, SCALARS = 8;
const count = size("count", X);
const pooled = [size("n", 2), size("pixels", 20), size("c", 3)],
  reciprocal = size("reciprocal", Math.round(2 ** 22 / 20));
/** 0 or 1. */
const flag = (name: string) => size(name, 1, 0);
const offset = { ...size("offset", 128, 0), grows: false };
const rate = [size("rate_mantissa", 128), size("rate_exponent", -16, -60)];
/** Elements of a pool's output: twice 3x2 pixels of three channels. */
const POOLED = 2 * 3 * 2 * 3;
const scalars = tensor("scalars", SCALARS, "int16");
const gradients = tensor("gradients", 2 * SCALARS, "int64");
const keys = ["seed", "step", "tensor"].map((name) => ({ name, free: 7 }));

const int8 = (name: string, elements = X) => tensor(name, elements, "int8");
const int32 = (name: string, elements = X) => tensor(name, elements, "int32");
const bits = (name: string) => tensor(name, X, "bits");
const weights = int8("weights", ELEMENTS.weights);
const optional = (parameter: TensorParameter): Parameter => ({ ...parameter, optional: true });

/** Index of the last scalar; `least` is -1 where a call can do without. */
const index = (name: string, of: TensorParameter, least = 0): Parameter => ({
  ...size(name, SCALARS - 1, least),
  named: of.name,
});

/** By name, in the order of the C functions' parameters. */
export const INT8_ARGUMENTS: Readonly<Record<keyof typeof INT8_PARAMETERS, readonly Parameter[]>> = {
  eoq_int8_peak: [size("iterations", 1)],
  eoq_int8_input: [tensor("images", X, "uint8"), offset, int8("x"), count],
  eoq_int8_quantizer: [int8("y", 1), size("bits", 8, 2)],
  eoq_int8_round_randomly: [int8("y", 1), ...keys],
  eoq_int8_flag_quantizer: [int8("y", 1), int8("fine", 1), int32("sums", 1)],
  eoq_int8_hindsight: [int8("y", 1), int32("exponents", 8), size("first", 3, 0), size("count", 5)],
  eoq_int8_conv_forward: [
    ...[int8("x"), weights, scalars, { ...size("bias", 2, -1), named: "scalars" }],
    ...[size("biases", 6), int32("y", Y), ...shaped("convolution")],
  ],
  eoq_int8_conv_backward_data: [int8("dy", Y), weights, int32("dx"), ...shaped("convolution")],
  eoq_int8_conv_backward_weights: [int8("x"), int8("dy", Y), int32("dw", ELEMENTS.weights), ...shaped("convolution")],
  eoq_int8_conv_forward_activate: [
    ...[int8("x"), weights, scalars, index("bias_before", scalars, -1)],
    ...[index("bias_behind", scalars, -1), int32("sums", Y), int8("y", Y), optional(tensor("mask", Y, "bits"))],
    ...shaped("convolution"),
  ],
  eoq_int8_conv_forward_quantize: [int8("x"), weights, int32("sums", Y), int8("y", Y), ...shaped("convolution")],
  eoq_int8_conv_backward_data_activate: [
    ...[int8("dy", Y), weights, bits("mask"), int32("sums"), gradients, index("bias_before", gradients, -1)],
    ...[index("bias_behind", gradients, -1), int8("dx"), ...shaped("convolution")],
  ],
  eoq_int8_conv_backward_data_block: [
    ...[int8("dy", Y), weights, int8("dr", Y), bits("mask"), flag("shortcut_behind"), int32("sums"), gradients],
    ...[index("bias_before", gradients, -1), index("bias_behind", gradients, -1), int8("dx")],
    ...[shape("convolution"), shape("shortcut", "shortcut"), size("n", 2)],
  ],
  eoq_int8_activate: [int32("x"), scalars, index("bias", scalars, -1), int8("y"), optional(bits("mask")), count],
  eoq_int8_quantize: [int32("x"), int8("y"), count],
  eoq_int8_add_bias: [int8("x"), scalars, index("bias", scalars), int8("y"), count],
  eoq_int8_shortcut: [int8("x"), int8("y", Y), ...shaped("shortcut")],
  eoq_int8_residual: [
    ...[int8("z"), int8("shortcut"), scalars, index("scale", scalars), index("bias", scalars)],
    ...[int8("y"), optional(bits("mask")), count],
  ],
  eoq_int8_pool: [
    ...[int8("x"), reciprocal, scalars, index("bias", scalars, -1), int32("sums", 6), int8("y", 6), ...pooled],
  ],
  eoq_int8_max_pool: [
    ...[int8("x"), bits("x_mask"), int8("y", POOLED), tensor("y_mask", POOLED, "bits")],
    ...[tensor("places", POOLED, "uint8"), ...shaped("window")],
  ],
  eoq_int8_max_pool_backward: [
    ...[int8("dy", POOLED), tensor("places", POOLED, "uint8"), int32("dx"), ...shaped("window")],
  ],
  eoq_int8_loss: [
    int32("logits", 2 * CLASSES),
    { ...tensor("labels", 2, "int16"), below: CLASSES },
    optional({ ...tensor("partners", 2, "int16"), below: CLASSES }),
    ...[size("share", 200, 0), size("smoothing", 26, 0), gradients, size("bias", SCALARS - CLASSES, 0)],
    ...[optional(int8("dlogits", 2 * CLASSES)), tensor("metrics", 2, "int64")],
    ...[size("n", 2), size("classes", CLASSES, 2)],
  ],
  eoq_int8_pool_backward: [
    ...[int32("dy", 6), bits("mask"), reciprocal, gradients, index("bias", gradients, -1), int8("dx"), ...pooled],
  ],
  eoq_int8_residual_backward: [
    ...[int8("dy"), int8("z"), scalars, index("scale", scalars), gradients],
    ...[{ ...size("bias", SCALARS - 2, -1), named: "gradients" }, int8("dz"), count],
  ],
  eoq_int8_activate_backward: [
    ...[int32("dy"), bits("mask"), gradients, { ...size("bias_before", SCALARS - 2, -1), named: "gradients" }],
    ...[index("bias_behind", gradients, -1), int8("dx"), count],
  ],
  eoq_int8_block_backward: [
    ...[int32("du"), int8("dr", Y), bits("mask"), flag("shortcut_behind"), gradients],
    ...[{ ...size("bias_before", SCALARS - 2, -1), named: "gradients" }, index("bias_behind", gradients, -1)],
    ...[int8("dx"), ...shaped("shortcut")],
  ],
  eoq_int8_batchnorm_forward: [
    ...[int32("x"), optional(int8("residual")), int8("norm", 6), int32("running", 6), int8("y")],
    ...[optional(bits("mask"))],
    ...[tensor("xhat", X, "int16"), int32("inverse", 3), size("pixels", X / 3), size("c", 3)],
  ],
  eoq_int8_batchnorm_inference: [
    ...[int32("x"), optional(int8("residual")), int8("norm", 6), int32("running", 6), flag("relu")],
    ...[int8("y"), size("pixels", X / 3), size("c", 3)],
  ],
  eoq_int8_batchnorm_backward: [
    ...[int8("dy"), tensor("xhat", X, "int16"), int8("norm", 6), int32("inverse", 3), tensor("gradients", 6, "int64")],
    ...[int8("dx"), size("pixels", X / 3), size("c", 3)],
  ],
  eoq_int8_centre_gradients: [int32("dw"), { ...size("channels", 3), grows: false }, count],
  eoq_int8_update: [
    ...[int8("weights"), optional(tensor("fraction", X, "uint8")), int32("momentum"), int32("dw")],
    ...[...rate, count, ...keys],
  ],
  eoq_int8_update_policy: [
    ...[int32("momentum", 1), size("weight_bits", 8, 2), size("gradient_bits", 8, 2), size("gradient_nearest", 0, 0)],
    ...[size("gradient_fixed", 0, 0), size("gradient_exponent", -7, -64), size("update_bits", 8, 2)],
    ...[size("update_nearest", 0, 0), size("momentum_shift", 3, 0), flag("feedback")],
    size("decay", 0, 0),
  ],
  eoq_int8_update_scalars: [
    ...[scalars, tensor("momentum", SCALARS, "int64"), gradients, ...rate],
    ...[size("biases", 5, 0), size("scales", 3, 0), ...keys],
  ],
  eoq_int8_count_values: [int8("x"), tensor("counts", 2, "int64"), count],
  eoq_int8_count_updates: [
    ...[
      int8("weights"),
      optional(tensor("fraction", X, "uint8")),
      int32("before"),
      tensor("counts", 3, "int64"),
      count,
    ],
  ],
};
