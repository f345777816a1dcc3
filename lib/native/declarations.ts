/**
 * The kernels: what the declarations of the C library say, names and kinds of
 * words alike. A library that says anything else is not opened.
 *
 * @module
 */

/** Words of the int8 kernels, of kernels/int8/declarations.inc. */
export const INT8_KERNELS = {
  int8_input: "images: in, offset, x: out, count",
  int8_conv_forward: "x: in, weights: in, scalars: in?, bias, biases, y: out, shape: shape, n",
  int8_conv_backward_data: "dy: in, fine: in?, weights: in, fine_sums: out?, dx: out, shape: shape, n",
  int8_conv_backward_weights: "x: in, dy: in, fine: in?, dw: out, shape: shape, n",
  int8_conv_forward_activate:
    "x: in, weights: in, scalars: in, bias_before, bias_behind, sums: out, y: out, quantizer: quantizer, mask: out?, guess: guess, shape: shape, n",
  int8_conv_forward_quantize:
    "x: in, weights: in, sums: out, y: out, quantizer: quantizer, guess: guess, shape: shape, n",
  int8_conv_backward_data_activate:
    "dy: in, fine: in?, weights: in, mask: in, fine_sums: out?, sums: out, gradients: inout, bias_before, bias_behind, dx: out, quantizer: quantizer, guess: guess, shape: shape, n",
  int8_conv_backward_data_block:
    "dy: in, fine: in?, weights: in, dr: in, mask: in, shortcut_behind, fine_sums: out?, sums: out, gradients: inout, bias_before, bias_behind, dx: out, quantizer: quantizer, guess: guess, shape: shape, shortcut: shape, n",
  int8_activate: "x: in, scalars: in?, bias, y: out, quantizer: quantizer, mask: out?, count",
  int8_quantize: "x: in, y: out, quantizer: quantizer, count",
  int8_add_bias: "x: in, scalars: in, bias, y: out, quantizer: quantizer, count",
  int8_shortcut: "x: in, y: out, shape: shape, n",
  int8_residual:
    "z: in, shortcut: in, scalars: in, scale, bias, y: out, quantizer: quantizer, mask: out?, guess: guess, count",
  int8_pool: "x: in, reciprocal, scalars: in?, bias, sums: out, y: out, quantizer: quantizer, n, pixels, c",
  int8_max_pool: "x: in, x_mask: in?, y: out, y_mask: out?, places: out?, shape: shape, n",
  int8_loss:
    "logits: in, labels: in, partners: in?, share, smoothing, gradients: inout?, bias, dlogits: out?, quantizer: quantizer, metrics: out, n, classes",
  int8_pool_backward:
    "dy: in, mask: in, reciprocal, gradients: inout, bias, dx: out, quantizer: quantizer, n, pixels, c",
  int8_max_pool_backward: "dy: in, places: in, dx: out, shape: shape, n",
  int8_residual_backward:
    "dy: in, z: in, scalars: in, scale, gradients: inout, bias, dz: out, quantizer: quantizer, count",
  int8_activate_backward:
    "dy: in, mask: in, gradients: inout, bias_before, bias_behind, dx: out, quantizer: quantizer, count",
  int8_block_backward:
    "du: inout, dr: in, mask: in, shortcut_behind, gradients: inout, bias_before, bias_behind, dx: out, quantizer: quantizer, shape: shape, n",
  int8_batchnorm_forward:
    "x: in, residual: in?, norm: in, running: inout, y: out, mask: out?, xhat: out, inverse: out, guess: guess, pixels, c",
  int8_batchnorm_inference: "x: in, residual: in?, norm: in, running: in, relu, y: out, guess: guess, pixels, c",
  int8_batchnorm_backward:
    "dy: in, xhat: in, norm: in, inverse: in, gradients: out, dx: out, quantizer: quantizer, guess: guess, pixels, c",
  int8_centre_gradients: "dw: inout, channels, count",
  int8_update:
    "weights: inout, fraction: inout?, momentum: inout, dw: in, policy: policy, rate_mantissa, rate_exponent, count, seed: u32, step: u32, stream: u32",
  int8_clear_gradients: "gradients: inout, first, count",
  int8_update_scalars:
    "scalars: inout, momentum: inout, gradients: in, momentum_shift, nesterov, rate_mantissa, rate_exponent, biases, scales, seed: u32, step: u32, stream: u32",
  int8_count_values: "x: in, fine: in?, counts: out, count",
  int8_count_updates: "weights: in, fraction: in?, before: inout, counts: out, count",
  int8_peak: "iterations",
} as const;

/** Words of the fp32 kernels, of kernels/fp32/declarations.inc. */
export const FP32_KERNELS = {
  fp32_from_uint8: "images: in, offset, x: out, count",
  fp32_conv_forward: "x: in, weights: in, y: out, shape: shape, n",
  fp32_conv_backward_data: "dy: in, weights: in, dx: out, shape: shape, n",
  fp32_conv_backward_weights: "x: in, dy: in, dweights: out, shape: shape, n",
  fp32_batchnorm_relu_forward:
    "x: in, residual: in?, gamma: in, beta: in, running_mean: inout, running_variance: inout, relu, momentum: f32, epsilon: f32, y: out, mean: out, inverse_std: out, pixels, c",
  fp32_batchnorm_relu_inference:
    "x: in, residual: in?, gamma: in, beta: in, running_mean: in, running_variance: in, relu, epsilon: f32, y: out, pixels, c",
  fp32_batchnorm_relu_backward:
    "dy: inout, skip: in?, y: in?, x: inout, gamma: in, beta: in, mean: in, inverse_std: in, relu, constant, dgamma: out, dbeta: out, pixels, c",
  fp32_fixup_relu_forward: "x: in, residual: in?, scalars: in, scale, before, less, behind, y: out, count",
  fp32_fixup_relu_backward: "dy: in, skip: in?, y: inout, scalars: in, gradients: inout, before, behind, count",
  fp32_fixup_residual_backward:
    "dy: inout, skip: in?, y: in, x: inout, scalars: in, gradients: inout, scale, before, behind, count",
  fp32_shortcut_forward: "x: in, y: out, shape: shape, n",
  fp32_shortcut_backward: "dy: in, dx: inout, shape: shape, n",
  fp32_max_pool_forward: "x: in, y: out, places: out?, shape: shape, n",
  fp32_max_pool_backward: "dy: in, places: in, dx: out, shape: shape, n",
  fp32_pool_forward: "x: in, y: out, n, pixels, c",
  fp32_pool_backward: "dy: in, dx: out, n, pixels, c",
  fp32_bias_forward: "y: inout, bias: in, n, c",
  fp32_bias_backward: "dy: in, dbias: out, n, c",
  fp32_softmax_cross_entropy:
    "logits: in, labels: in, partners: in?, share, smoothing, dlogits: out?, metrics: out, n, classes",
  fp32_sgd_step:
    "weights: inout, velocity: inout, gradient: in, learning_rate: f32, momentum: f32, decay: f32, nesterov, count",
  fp32_sgd_step_centered:
    "weights: inout, velocity: inout, gradient: in, learning_rate: f32, momentum: f32, decay: f32, nesterov, k, length",
  fp32_peak: "iterations",
} as const;

/** Words of all kernels, in the order of their numbers. */
export const KERNELS = { ...INT8_KERNELS, ...FP32_KERNELS } as const;

/** Name of a kernel. */
export type KernelName = keyof typeof KERNELS;

/** Words of a quantizer and of an update policy, as core/words.h has them. */
export const RECORDS = {
  quantizer: "bits, stochastic, seed: u32, step: u32, stream: u32, exponents: inout?, exponent, fine: out?",
  policy:
    "weight_bits, gradient_bits, gradient_nearest, gradient_fixed, gradient_exponent, update_bits, update_nearest, momentum_shift, feedback, nesterov, decay",
} as const;
