/**
 * FFI table of kernels/eoq_fp32.h.
 *
 * @module
 */

/** Parameters of the fp32 kernels. */
export const FP32_PARAMETERS = {
  eoq_fp32_from_uint8: "images, x, count, offset",
  eoq_fp32_conv_forward: "x, weights, y, n, h, w, c, k, kernel, stride, pad",
  eoq_fp32_conv_backward_data: "dy, weights, dx, n, h, w, c, k, kernel, stride, pad",
  eoq_fp32_conv_backward_weights: "x, dy, dweights, n, h, w, c, k, kernel, stride, pad",
  eoq_fp32_batchnorm_relu_forward:
    "x, residual, gamma, beta, y, mean, inverse_std, running_mean, running_variance, pixels, c, relu, momentum: f32, epsilon: f32",
  eoq_fp32_batchnorm_relu_inference:
    "x, residual, gamma, beta, running_mean, running_variance, y, pixels, c, relu, epsilon: f32",
  eoq_fp32_batchnorm_relu_backward: "dy, skip, y, x, gamma, beta, mean, inverse_std, dgamma, dbeta, pixels, c, relu",
  eoq_fp32_fixup_relu_forward: "x, residual, y, count, scalars, scale, before, less, behind",
  eoq_fp32_fixup_relu_backward: "dy, skip, y, count, scalars, gradients, before, behind",
  eoq_fp32_fixup_residual_backward: "dy, skip, y, x, count, scalars, gradients, scale, before, behind",
  eoq_fp32_shortcut_forward: "x, y, n, h, w, c, k, stride",
  eoq_fp32_shortcut_backward: "dy, dx, n, h, w, c, k, stride",
  eoq_fp32_max_pool_forward: "x, y, places, n, h, w, c, kernel, stride, pad",
  eoq_fp32_max_pool_backward: "dy, places, dx, n, h, w, c, kernel, stride, pad",
  eoq_fp32_pool_forward: "x, y, n, pixels, c",
  eoq_fp32_pool_backward: "dy, dx, n, pixels, c",
  eoq_fp32_bias_forward: "y, bias, n, c",
  eoq_fp32_bias_backward: "dy, dbias, n, c",
  eoq_fp32_softmax_cross_entropy: "logits, labels, partners, share, smoothing, dlogits, metrics, n, classes",
  eoq_fp32_sgd_step: "weights, velocity, gradient, count, learning_rate: f32, momentum: f32, decay: f32",
  eoq_fp32_sgd_step_centered: "weights, velocity, gradient, k, length, learning_rate: f32, momentum: f32, decay: f32",
  eoq_fp32_peak: "iterations",
} as const;
