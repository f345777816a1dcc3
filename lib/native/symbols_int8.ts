/**
 * FFI table of kernels/eoq_int8.h.
 *
 * @module
 */

/** Parameters of the int8 kernels. */
export const INT8_PARAMETERS = {
  eoq_int8_quantizer: "y, bits",
  eoq_int8_round_randomly: "y, seed: u32, step: u32, tensor: u32",
  eoq_int8_flag_quantizer: "y, fine, sums",
  eoq_int8_hindsight: "y, exponents, first, count",
  eoq_int8_input: "images, count, offset, x",
  eoq_int8_conv_forward: "x, weights, scalars, bias, biases, y, n, h, w, c, k, kernel, stride, pad",
  eoq_int8_conv_backward_data: "dy, weights, dx, n, h, w, c, k, kernel, stride, pad",
  eoq_int8_conv_backward_weights: "x, dy, dw, n, h, w, c, k, kernel, stride, pad",
  eoq_int8_conv_forward_activate:
    "x, weights, scalars, bias_before, bias_behind, sums, y, mask, n, h, w, c, k, kernel, stride, pad",
  eoq_int8_conv_forward_quantize: "x, weights, sums, y, n, h, w, c, k, kernel, stride, pad",
  eoq_int8_conv_backward_data_activate:
    "dy, weights, mask, sums, gradients, bias_behind, bias_before, dx, n, h, w, c, k, kernel, stride, pad",
  eoq_int8_conv_backward_data_block:
    "dy, weights, dr, dr_stride, dr_channels, behind_bias, mask, sums, gradients, bias, bias_before, dx, n, h, w, c, k, kernel, stride, pad",
  eoq_int8_activate: "x, count, scalars, bias, y, mask",
  eoq_int8_quantize: "x, count, y",
  eoq_int8_add_bias: "x, count, scalars, bias, y",
  eoq_int8_shortcut: "x, n, h, w, c, stride, k, y",
  eoq_int8_residual: "z, shortcut, count, scalars, scale, bias, y, mask",
  eoq_int8_pool: "x, n, pixels, c, reciprocal, scalars, bias, sums, y",
  eoq_int8_max_pool: "x, x_mask, y, y_mask, places, n, h, w, c, kernel, stride, pad",
  eoq_int8_loss: "logits, labels, partners, share, smoothing, n, classes, gradients, bias, dlogits, metrics",
  eoq_int8_pool_backward: "dy, n, pixels, c, reciprocal, mask, gradients, bias, dx",
  eoq_int8_max_pool_backward: "dy, places, dx, n, h, w, c, kernel, stride, pad",
  eoq_int8_residual_backward: "dy, z, count, scalars, scale, bias, gradients, dz",
  eoq_int8_activate_backward: "dy, mask, count, gradients, bias_behind, bias_before, dx",
  eoq_int8_block_backward: "du, dr, n, h, w, c, stride, k, behind_bias, mask, gradients, bias, bias_before, dx",
  eoq_int8_batchnorm_forward: "x, residual, norm, running, y, mask, xhat, inverse, pixels, c",
  eoq_int8_batchnorm_inference: "x, residual, norm, running, y, relu, pixels, c",
  eoq_int8_batchnorm_backward: "dy, xhat, norm, inverse, gradients, dx, pixels, c",
  eoq_int8_centre_gradients: "dw, channels, count",
  eoq_int8_update:
    "weights, fraction, momentum, dw, count, rate_mantissa, rate_exponent, seed: u32, step: u32, tensor: u32",
  eoq_int8_update_policy:
    "momentum, weight_bits, gradient_bits, gradient_nearest, gradient_fixed, gradient_exponent, update_bits, update_nearest, momentum_shift, feedback, decay",
  eoq_int8_update_scalars:
    "scalars, momentum, gradients, biases, scales, rate_mantissa, rate_exponent, seed: u32, step: u32, tensor: u32",
  eoq_int8_count_values: "x, count, counts",
  eoq_int8_count_updates: "weights, fraction, before, count, counts",
  eoq_int8_peak: "iterations",
} as const;
