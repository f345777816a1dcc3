/**
 * The FFI tables: what the headers declare, types and names of parameters
 * alike. A test holds both against the headers.
 *
 * @module
 */

import { type Signatures, signatures } from "./signature.ts";

/** Version of the C interface that these tables describe. */
export const ABI_VERSION = 6;

/** Parameters of the functions in kernels/eoq.h. */
const CORE_PARAMETERS = {
  eoq_abi_version: "",
  eoq_last_error: "text: buffer, bytes: usize",
  eoq_isa_count: "",
  eoq_isa_name: "isa, text: buffer, bytes: usize",
  eoq_isa_built: "isa",
  eoq_isa_supported: "isa",
  eoq_isa_select: "isa",
  eoq_isa_selected: "",
  eoq_threads_set: "threads",
  eoq_threads: "",
  eoq_tallies_read: "to: buffer, bytes: usize",
  eoq_tallies_clear: "",
  eoq_tensor_create: "type, count: usize",
  eoq_tensor_destroy: "tensor",
  eoq_tensor_write: "tensor, offset: usize, from: buffer, bytes: usize",
  eoq_tensor_read: "tensor, offset: usize, to: buffer, bytes: usize",
  eoq_tensor_exponent: "tensor, exponent: buffer",
  eoq_tensor_exponent_set: "tensor, exponent",
  eoq_conv_shape_create: "h, w, c, k, kernel, stride, pad",
  eoq_conv_shape_destroy: "shape",
  eoq_stream_copy: "from, to, count: usize",
} as const;

/** Parameters of the kernels in kernels/eoq_int8.h. */
export const INT8_PARAMETERS = {
  eoq_int8_quantizer: "y, bits",
  eoq_int8_round_randomly: "y, seed: u32, step: u32, tensor: u32",
  eoq_int8_flag_quantizer: "y, fine, sums",
  eoq_int8_hindsight: "y, exponents, first, count",
  eoq_int8_input: "images, offset, x, count",
  eoq_int8_conv_forward: "x, weights, scalars, bias, biases, y, shape, n",
  eoq_int8_conv_backward_data: "dy, weights, dx, shape, n",
  eoq_int8_conv_backward_weights: "x, dy, dw, shape, n",
  eoq_int8_conv_forward_activate: "x, weights, scalars, bias_before, bias_behind, sums, y, mask, shape, n",
  eoq_int8_conv_forward_quantize: "x, weights, sums, y, shape, n",
  eoq_int8_conv_backward_data_activate: "dy, weights, mask, sums, gradients, bias_before, bias_behind, dx, shape, n",
  eoq_int8_conv_backward_data_block:
    "dy, weights, dr, mask, shortcut_behind, sums, gradients, bias_before, bias_behind, dx, shape, shortcut, n",
  eoq_int8_activate: "x, scalars, bias, y, mask, count",
  eoq_int8_quantize: "x, y, count",
  eoq_int8_add_bias: "x, scalars, bias, y, count",
  eoq_int8_shortcut: "x, y, shape, n",
  eoq_int8_residual: "z, shortcut, scalars, scale, bias, y, mask, count",
  eoq_int8_pool: "x, reciprocal, scalars, bias, sums, y, n, pixels, c",
  eoq_int8_max_pool: "x, x_mask, y, y_mask, places, shape, n",
  eoq_int8_loss: "logits, labels, partners, share, smoothing, gradients, bias, dlogits, metrics, n, classes",
  eoq_int8_pool_backward: "dy, mask, reciprocal, gradients, bias, dx, n, pixels, c",
  eoq_int8_max_pool_backward: "dy, places, dx, shape, n",
  eoq_int8_residual_backward: "dy, z, scalars, scale, gradients, bias, dz, count",
  eoq_int8_activate_backward: "dy, mask, gradients, bias_before, bias_behind, dx, count",
  eoq_int8_block_backward: "du, dr, mask, shortcut_behind, gradients, bias_before, bias_behind, dx, shape, n",
  eoq_int8_batchnorm_forward: "x, residual, norm, running, y, mask, xhat, inverse, pixels, c",
  eoq_int8_batchnorm_inference: "x, residual, norm, running, relu, y, pixels, c",
  eoq_int8_batchnorm_backward: "dy, xhat, norm, inverse, gradients, dx, pixels, c",
  eoq_int8_centre_gradients: "dw, channels, count",
  eoq_int8_update:
    "weights, fraction, momentum, dw, rate_mantissa, rate_exponent, count, seed: u32, step: u32, tensor: u32",
  eoq_int8_update_policy:
    "momentum, weight_bits, gradient_bits, gradient_nearest, gradient_fixed, gradient_exponent, update_bits, update_nearest, momentum_shift, feedback, decay",
  eoq_int8_update_scalars:
    "scalars, momentum, gradients, rate_mantissa, rate_exponent, biases, scales, seed: u32, step: u32, tensor: u32",
  eoq_int8_count_values: "x, counts, count",
  eoq_int8_count_updates: "weights, fraction, before, counts, count",
  eoq_int8_peak: "iterations",
} as const;

/** Parameters of the kernels in kernels/eoq_fp32.h. */
export const FP32_PARAMETERS = {
  eoq_fp32_from_uint8: "images, offset, x, count",
  eoq_fp32_conv_forward: "x, weights, y, shape, n",
  eoq_fp32_conv_backward_data: "dy, weights, dx, shape, n",
  eoq_fp32_conv_backward_weights: "x, dy, dweights, shape, n",
  eoq_fp32_batchnorm_relu_forward:
    "x, residual, gamma, beta, running_mean, running_variance, relu, momentum: f32, epsilon: f32, y, mean, inverse_std, pixels, c",
  eoq_fp32_batchnorm_relu_inference:
    "x, residual, gamma, beta, running_mean, running_variance, relu, epsilon: f32, y, pixels, c",
  eoq_fp32_batchnorm_relu_backward: "dy, skip, y, x, gamma, beta, mean, inverse_std, relu, dgamma, dbeta, pixels, c",
  eoq_fp32_fixup_relu_forward: "x, residual, scalars, scale, before, less, behind, y, count",
  eoq_fp32_fixup_relu_backward: "dy, skip, y, scalars, gradients, before, behind, count",
  eoq_fp32_fixup_residual_backward: "dy, skip, y, x, scalars, gradients, scale, before, behind, count",
  eoq_fp32_shortcut_forward: "x, y, shape, n",
  eoq_fp32_shortcut_backward: "dy, dx, shape, n",
  eoq_fp32_max_pool_forward: "x, y, places, shape, n",
  eoq_fp32_max_pool_backward: "dy, places, dx, shape, n",
  eoq_fp32_pool_forward: "x, y, n, pixels, c",
  eoq_fp32_pool_backward: "dy, dx, n, pixels, c",
  eoq_fp32_bias_forward: "y, bias, n, c",
  eoq_fp32_bias_backward: "dy, dbias, n, c",
  eoq_fp32_softmax_cross_entropy: "logits, labels, partners, share, smoothing, dlogits, metrics, n, classes",
  eoq_fp32_sgd_step: "weights, velocity, gradient, learning_rate: f32, momentum: f32, decay: f32, count",
  eoq_fp32_sgd_step_centered: "weights, velocity, gradient, learning_rate: f32, momentum: f32, decay: f32, k, length",
  eoq_fp32_peak: "iterations",
} as const;

const INTEGER_PARAMETERS = { ...CORE_PARAMETERS, ...INT8_PARAMETERS } as const;
const PARAMETERS = { ...INTEGER_PARAMETERS, ...FP32_PARAMETERS } as const;

/** Symbols of the whole library. */
export const SYMBOLS: Signatures<typeof PARAMETERS> = signatures(PARAMETERS);

/** Symbols of the library that is compiled without floating-point registers. */
export const INTEGER_SYMBOLS: Signatures<typeof INTEGER_PARAMETERS> = signatures(INTEGER_PARAMETERS);
