/**
 * Valid arguments of every int8 kernel.
 *
 * @module
 */

import type { INT8_KERNELS } from "../../../lib/native/declarations.ts";
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
const keys = ["seed", "step", "stream"].map((name) => ({ name, free: 7 }));

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

/** Rounding to nearest with the exact exponent and no flags, whose index counts for nothing. */
const quantizer = [
  ...[size("quantizer.bits", 8, 2), { ...flag("quantizer.stochastic"), size: 0 }],
  ...["seed", "step", "stream"].map((name) => ({ name: `quantizer.${name}`, free: 7 })),
  ...[size("quantizer.exponents", 0, 0), { name: "quantizer.exponent", free: 0 }, size("quantizer.fine", 0, 0)],
];

const policy = [
  ...[size("policy.weight_bits", 8, 2), size("policy.gradient_bits", 8, 2), size("policy.gradient_nearest", 0, 0)],
  ...[size("policy.gradient_fixed", 0, 0), size("policy.gradient_exponent", -7, -64), size("policy.update_bits", 8, 2)],
  ...[size("policy.update_nearest", 0, 0), size("policy.momentum_shift", 3, 0), flag("policy.feedback")],
  ...[flag("policy.nesterov"), size("policy.decay", 0, 0)],
];

/** An error without a fine part, of which the room for its sums counts for nothing. */
const unflagged = size("fine", 0, 0), noFineSums = { name: "fine_sums", free: 0 };

/** Two biases, of which the last is that behind the ReLU. */
const around = (of: TensorParameter, before = SCALARS - 2) => [
  { ...size("bias_before", before, -1), named: of.name },
  index("bias_behind", of, -1),
];

/** By name, in the order of the words. */
export const INT8_ARGUMENTS: Readonly<Record<keyof typeof INT8_KERNELS, readonly Parameter[]>> = {
  int8_input: [tensor("images", X, "uint8"), offset, int8("x"), count],
  int8_conv_forward: [
    ...[int8("x"), weights, scalars, { ...size("bias", 2, -1), named: "scalars" }],
    ...[size("biases", 6), int32("y", Y), ...shaped("convolution")],
  ],
  int8_conv_backward_data: [int8("dy", Y), unflagged, weights, noFineSums, int32("dx"), ...shaped("convolution")],
  int8_conv_backward_weights: [
    ...[int8("x"), int8("dy", Y), unflagged, int32("dw", ELEMENTS.weights), ...shaped("convolution")],
  ],
  int8_conv_forward_activate: [
    ...[int8("x"), weights, scalars, ...around(scalars, SCALARS - 1), int32("sums", Y), int8("y", Y), ...quantizer],
    ...[optional(tensor("mask", Y, "bits")), ...shaped("convolution")],
  ],
  int8_conv_forward_quantize: [
    ...[int8("x"), weights, int32("sums", Y), int8("y", Y), ...quantizer, ...shaped("convolution")],
  ],
  int8_conv_backward_data_activate: [
    ...[int8("dy", Y), unflagged, weights, bits("mask"), noFineSums, int32("sums"), gradients],
    ...[...around(gradients, SCALARS - 1), int8("dx"), ...quantizer, ...shaped("convolution")],
  ],
  int8_conv_backward_data_block: [
    ...[int8("dy", Y), unflagged, weights, int8("dr", Y), bits("mask"), flag("shortcut_behind"), noFineSums],
    ...[int32("sums"), gradients, ...around(gradients, SCALARS - 1), int8("dx"), ...quantizer],
    ...[shape("convolution"), shape("shortcut", "shortcut"), size("n", 2)],
  ],
  int8_activate: [
    ...[int32("x"), scalars, index("bias", scalars, -1), int8("y"), ...quantizer, optional(bits("mask")), count],
  ],
  int8_quantize: [int32("x"), int8("y"), ...quantizer, count],
  int8_add_bias: [int8("x"), scalars, index("bias", scalars), int8("y"), ...quantizer, count],
  int8_shortcut: [int8("x"), int8("y", Y), ...shaped("shortcut")],
  int8_residual: [
    ...[int8("z"), int8("shortcut"), scalars, index("scale", scalars), index("bias", scalars)],
    ...[int8("y"), ...quantizer, optional(bits("mask")), count],
  ],
  int8_pool: [
    ...[int8("x"), reciprocal, scalars, index("bias", scalars, -1), int32("sums", 6), int8("y", 6), ...quantizer],
    ...pooled,
  ],
  int8_max_pool: [
    ...[int8("x"), bits("x_mask"), int8("y", POOLED), tensor("y_mask", POOLED, "bits")],
    ...[tensor("places", POOLED, "uint8"), ...shaped("window")],
  ],
  int8_loss: [
    int32("logits", 2 * CLASSES),
    { ...tensor("labels", 2, "int16"), below: CLASSES },
    optional({ ...tensor("partners", 2, "int16"), below: CLASSES }),
    ...[size("share", 200, 0), size("smoothing", 26, 0), gradients, size("bias", SCALARS - CLASSES, 0)],
    ...[optional(int8("dlogits", 2 * CLASSES)), ...quantizer, tensor("metrics", 2, "int64")],
    ...[size("n", 2), size("classes", CLASSES, 2)],
  ],
  int8_pool_backward: [
    ...[int32("dy", 6), bits("mask"), reciprocal, gradients, index("bias", gradients, -1), int8("dx"), ...quantizer],
    ...pooled,
  ],
  int8_max_pool_backward: [
    ...[int8("dy", POOLED), tensor("places", POOLED, "uint8"), int32("dx"), ...shaped("window")],
  ],
  int8_residual_backward: [
    ...[int8("dy"), int8("z"), scalars, index("scale", scalars), gradients],
    ...[{ ...size("bias", SCALARS - 2, -1), named: "gradients" }, int8("dz"), ...quantizer, count],
  ],
  int8_activate_backward: [int32("dy"), bits("mask"), gradients, ...around(gradients), int8("dx"), ...quantizer, count],
  int8_block_backward: [
    ...[int32("du"), int8("dr", Y), bits("mask"), flag("shortcut_behind"), gradients, ...around(gradients)],
    ...[int8("dx"), ...quantizer, ...shaped("shortcut")],
  ],
  int8_batchnorm_forward: [
    ...[int32("x"), optional(int8("residual")), int8("norm", 6), int32("running", 6), int8("y")],
    ...[optional(bits("mask"))],
    ...[tensor("xhat", X, "int16"), int32("inverse", 3), size("pixels", X / 3), size("c", 3)],
  ],
  int8_batchnorm_inference: [
    ...[int32("x"), optional(int8("residual")), int8("norm", 6), int32("running", 6), flag("relu")],
    ...[int8("y"), size("pixels", X / 3), size("c", 3)],
  ],
  int8_batchnorm_backward: [
    ...[int8("dy"), tensor("xhat", X, "int16"), int8("norm", 6), int32("inverse", 3), tensor("gradients", 6, "int64")],
    ...[int8("dx"), ...quantizer, size("pixels", X / 3), size("c", 3)],
  ],
  int8_centre_gradients: [int32("dw"), { ...size("channels", 3), grows: false }, count],
  int8_update: [
    ...[int8("weights"), optional(tensor("fraction", X, "uint8")), int32("momentum"), int32("dw"), ...policy],
    ...[...rate, count, ...keys],
  ],
  int8_clear_gradients: [gradients, size("first", 3, 0), size("count", 2 * SCALARS - 3, 0)],
  int8_update_scalars: [
    ...[
      scalars,
      tensor("momentum", SCALARS, "int64"),
      gradients,
      size("momentum_shift", 3, 0),
      flag("nesterov"),
      ...rate,
    ],
    ...[size("biases", 5, 0), size("scales", 3, 0), ...keys],
  ],
  int8_count_values: [int8("x"), optional(int8("fine")), tensor("counts", 2, "int64"), count],
  int8_count_updates: [
    ...[int8("weights"), optional(tensor("fraction", X, "uint8")), int32("before"), tensor("counts", 3, "int64")],
    count,
  ],
  int8_peak: [size("iterations", 1)],
};
