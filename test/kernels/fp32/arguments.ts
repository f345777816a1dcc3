/**
 * Valid arguments of every fp32 kernel.
 *
 * @module
 */

import type { FP32_KERNELS } from "../../../lib/native/declarations.ts";
import type { TensorType } from "../../../lib/native/tensor.ts";
import { ELEMENTS, type Parameter, shaped, size, tensor as typed, type TensorParameter } from "../arguments.ts";

const X = ELEMENTS.x, Y = ELEMENTS.y, WEIGHTS = ELEMENTS.weights;
const tensor = (name: string, count: number, type: TensorType = "fp32") => typed(name, count, type);
const channels = (...names: string[]) => names.map((name) => tensor(name, 3));
const pixelSizes = [size("pixels", 40), size("c", 3)];
const optional = (parameter: TensorParameter): Parameter => ({ ...parameter, optional: true });
const SCALARS = 3, scalars = tensor("scalars", SCALARS);
/** Index of the last scalar; `least` is -1 where a call can do without. */
const index = (name: string, least = 0) => size(name, SCALARS - 1, least);
const relu = { ...size("relu", 1, 0), grows: false };
const constant = { ...size("constant", 1, 0), grows: false };
const STATE = ["weights", "velocity", "gradient"].map((name) => tensor(name, X));
const RATES = ["learning_rate", "momentum", "decay"].map((name) => ({ name, free: 0.1 }));
const nesterov = { ...size("nesterov", 1, 0), grows: false };
const epsilon = { name: "epsilon", free: 1e-5 };

/** By name, in the order of their words. */
export const FP32_ARGUMENTS: Readonly<Record<keyof typeof FP32_KERNELS, readonly Parameter[]>> = {
  fp32_peak: [size("iterations", 1)],
  fp32_from_uint8: [
    ...[tensor("images", X, "uint8"), { ...size("offset", 128, 0), grows: false }, tensor("x", X), size("count", X)],
  ],
  fp32_conv_forward: [tensor("x", X), tensor("weights", WEIGHTS), tensor("y", Y), ...shaped("convolution")],
  fp32_conv_backward_data: [tensor("dy", Y), tensor("weights", WEIGHTS), tensor("dx", X), ...shaped("convolution")],
  fp32_conv_backward_weights: [
    tensor("x", X),
    tensor("dy", Y),
    tensor("dweights", WEIGHTS),
    ...shaped("convolution"),
  ],
  fp32_batchnorm_relu_forward: [
    tensor("x", X),
    optional(tensor("residual", X)),
    ...channels("gamma", "beta", "running_mean", "running_variance"),
    ...[relu, { name: "momentum", free: 0.1 }, epsilon, tensor("y", X)],
    ...channels("mean", "inverse_std"),
    ...pixelSizes,
  ],
  fp32_batchnorm_relu_inference: [
    tensor("x", X),
    optional(tensor("residual", X)),
    ...channels("gamma", "beta", "running_mean", "running_variance"),
    ...[relu, epsilon, tensor("y", X)],
    ...pixelSizes,
  ],
  fp32_batchnorm_relu_backward: [
    tensor("dy", X),
    optional(tensor("skip", X)),
    // Given a skip it is needed: batchnorm_test.ts asks for it.
    optional(tensor("y", X)),
    tensor("x", X),
    ...channels("gamma", "beta", "mean", "inverse_std"),
    ...[relu, constant],
    ...channels("dgamma", "dbeta"),
    ...pixelSizes,
  ],
  fp32_fixup_relu_forward: [
    ...[tensor("x", X), optional(tensor("residual", X)), scalars],
    ...[index("scale", -1), index("before"), index("less", -1), index("behind", -1), tensor("y", X), size("count", X)],
  ],
  fp32_fixup_relu_backward: [
    ...[tensor("dy", X), optional(tensor("skip", X)), tensor("y", X), scalars],
    ...[tensor("gradients", SCALARS), index("before"), { ...index("behind", -1), size: 0 }, size("count", X)],
  ],
  fp32_fixup_residual_backward: [
    ...[tensor("dy", X), optional(tensor("skip", X)), tensor("y", X), tensor("x", X), scalars],
    ...[tensor("gradients", SCALARS), index("scale"), { ...index("before"), size: 1 }],
    ...[{ ...index("behind", -1), size: 0 }, size("count", X)],
  ],
  fp32_shortcut_forward: [tensor("x", X), tensor("y", Y), ...shaped("shortcut")],
  fp32_shortcut_backward: [tensor("dy", Y), tensor("dx", X), ...shaped("shortcut")],
  fp32_max_pool_forward: [
    ...[tensor("x", X), tensor("y", Y / 2), optional(tensor("places", Y / 2, "uint8")), ...shaped("window")],
  ],
  fp32_max_pool_backward: [
    ...[tensor("dy", Y / 2), tensor("places", Y / 2, "uint8"), tensor("dx", X), ...shaped("window")],
  ],
  fp32_pool_forward: [tensor("x", X), tensor("y", 6), size("n", 2), size("pixels", 20), size("c", 3)],
  fp32_pool_backward: [tensor("dy", 6), tensor("dx", X), size("n", 2), size("pixels", 20), size("c", 3)],
  fp32_bias_forward: [tensor("y", 6), tensor("bias", 3), size("n", 2), size("c", 3)],
  fp32_bias_backward: [tensor("dy", 6), tensor("dbias", 3), size("n", 2), size("c", 3)],
  fp32_softmax_cross_entropy: [
    ...[
      tensor("logits", 6),
      { ...tensor("labels", 2, "int16"), below: 3 },
      optional({ ...tensor("partners", 2, "int16"), below: 3 }),
      size("share", 200, 0),
      size("smoothing", 26, 0),
      optional(tensor("dlogits", 6)),
      tensor("metrics", 2, "fp64"),
    ],
    ...[size("n", 2), size("classes", 3)],
  ],
  fp32_sgd_step: [...STATE, ...RATES, nesterov, size("count", X)],
  fp32_sgd_step_centered: [...STATE, ...RATES, nesterov, size("k", 6), size("length", X / 6)],
};
