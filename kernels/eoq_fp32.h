/* eoq_fp32.h: the fp32 kernels of the baselines, a part of eoq.h.
 *
 * Every function takes tensor handles and sizes, checks both and returns a
 * status. Tensors are EOQ_FP32 unless said otherwise, activations NHWC. A
 * "pixel" is one row of `c` channels, so a batch has n * h * w of them.
 * Results do not depend on the number of threads: sums are split into chunks
 * by shape alone.
 */
#ifndef EOQ_FP32_H
#define EOQ_FP32_H

/* x[i] = floor(images[i] / 2) / 64 with `offset` 0, (images[i] - 128) / 64 with
 * 128: the input mappings of the int8 path; `images` is EOQ_UINT8. */
int32_t eoq_fp32_from_uint8(int32_t images, int32_t offset, int32_t x, int32_t count);

/* Convolution of a shape: x (n, h, w, c), weights (k, kernel, kernel, c),
 * y (n, oh, ow, k). The backward functions overwrite dx and dweights. */
int32_t eoq_fp32_conv_forward(int32_t x, int32_t weights, int32_t y, int32_t shape, int32_t n);
int32_t eoq_fp32_conv_backward_data(int32_t dy, int32_t weights, int32_t dx, int32_t shape, int32_t n);
int32_t eoq_fp32_conv_backward_weights(int32_t x, int32_t dy, int32_t dweights, int32_t shape, int32_t n);

/* y = relu(batchnorm(x) + residual) over `pixels` pixels (Ioffe & Szegedy,
 * arXiv 1502.03167), with the mean and variance of the batch. `residual` is 0
 * for none and may be y itself. gamma, beta and the statistics have c
 * elements. Saves the batch mean and 1 / sqrt(variance + epsilon) for the
 * backward pass; running <- (1 - momentum) running + momentum * batch, the
 * variance unbiased there (over pixels - 1), as PyTorch does. Where `relu` is
 * 0 there is none. */
int32_t eoq_fp32_batchnorm_relu_forward(int32_t x, int32_t residual, int32_t gamma, int32_t beta,
                                                int32_t running_mean, int32_t running_variance, int32_t relu,
                                                float momentum, float epsilon, int32_t y, int32_t mean,
                                                int32_t inverse_std, int32_t pixels, int32_t c);
/* The same with the running statistics; y may be x or residual. */
int32_t eoq_fp32_batchnorm_relu_inference(int32_t x, int32_t residual, int32_t gamma, int32_t beta,
                                                  int32_t running_mean, int32_t running_variance, int32_t relu,
                                                  float epsilon, int32_t y, int32_t pixels, int32_t c);
/* In place on x, which becomes dx; overwrites dgamma and dbeta. With y, the
 * forward result, dy becomes the gradient before the ReLU (which is the
 * residual's), `skip`, 0 for none, added to it first. Without (0, where there
 * was no residual) the ReLU, if any, is found again from x, and dy stays as it
 * is. */
int32_t eoq_fp32_batchnorm_relu_backward(int32_t dy, int32_t skip, int32_t y, int32_t x, int32_t gamma,
                                                 int32_t beta, int32_t mean, int32_t inverse_std, int32_t relu,
                                                 int32_t dgamma, int32_t dbeta, int32_t pixels, int32_t c);

/* The ReLU of a Fixup network (arXiv 1901.09321, figure 1 right) with the
 * scalars around it, which are elements of `scalars`, by index:
 * y = relu(x scale + before + residual - less) + behind.
 * `less` is the bias that the residual has on top; scale, less and behind are
 * -1, and residual is 0, for none. y may be x or residual. */
int32_t eoq_fp32_fixup_relu_forward(int32_t x, int32_t residual, int32_t scalars, int32_t scale, int32_t before,
                                            int32_t less, int32_t behind, int32_t y, int32_t count);
/* Without scale and residual, in place on y, which becomes dx. dy is the
 * gradient of y, and `skip`, 0 for none, that of the ReLU alone. Overwrites
 * the gradients of the two scalars. */
int32_t eoq_fp32_fixup_relu_backward(int32_t dy, int32_t skip, int32_t y, int32_t scalars, int32_t gradients,
                                             int32_t before, int32_t behind, int32_t count);
/* With them, in place on x, which becomes dx; dy becomes the residual's
 * gradient. That of `less` is not part of it: it cancels that of the residual. */
int32_t eoq_fp32_fixup_residual_backward(int32_t dy, int32_t skip, int32_t y, int32_t x, int32_t scalars,
                                                 int32_t gradients, int32_t scale, int32_t before, int32_t behind,
                                                 int32_t count);

/* Shortcut of option A (He et al., arXiv 1512.03385): x (n, h, w, c) to
 * y (n, oh, ow, k), channels c..k-1 zero. */
int32_t eoq_fp32_shortcut_forward(int32_t x, int32_t y, int32_t shape, int32_t n);
/* Adds the shortcut's gradient to what dx holds; identity where k = c, stride = 1. */
int32_t eoq_fp32_shortcut_backward(int32_t dy, int32_t dx, int32_t shape, int32_t n);

/* Max pool: x (n, h, w, c) to y (n, oh, ow, c), of a shape that keeps the channels,
 * kernel <= 15; padding is never the largest. `places` (EOQ_UINT8, of y's
 * size), 0 for none, is set to where in its window each was found, the first
 * if several: row * kernel + column. The backward function overwrites dx. */
int32_t eoq_fp32_max_pool_forward(int32_t x, int32_t y, int32_t places, int32_t shape, int32_t n);
int32_t eoq_fp32_max_pool_backward(int32_t dy, int32_t places, int32_t dx, int32_t shape, int32_t n);

/* Global average pool: x (n, pixels, c) to y (n, c), and back. */
int32_t eoq_fp32_pool_forward(int32_t x, int32_t y, int32_t n, int32_t pixels, int32_t c);
int32_t eoq_fp32_pool_backward(int32_t dy, int32_t dx, int32_t n, int32_t pixels, int32_t c);

/* y (n, c) += bias (c), in place; dbias = column sums of dy. */
int32_t eoq_fp32_bias_forward(int32_t y, int32_t bias, int32_t n, int32_t c);
int32_t eoq_fp32_bias_backward(int32_t dy, int32_t dbias, int32_t n, int32_t c);

/* Softmax cross-entropy of logits (n, classes) with the target share / 256 *
 * onehot(labels) + (1 - share / 256) * onehot(partners), both EOQ_INT16, n,
 * share 0..256; without partners (0) that is onehot(labels). Of it the part
 * smoothing / 256, 0..256, is spread over all classes (label smoothing).
 * dlogits, 0 for none, = (softmax - target) / n; `metrics` (EOQ_FP64, 2) = the loss summed
 * over images in nats, and the images whose largest logit (the first, if
 * several) is that of their label. */
int32_t eoq_fp32_softmax_cross_entropy(int32_t logits, int32_t labels, int32_t partners, int32_t share,
                                               int32_t smoothing, int32_t dlogits, int32_t metrics, int32_t n,
                                               int32_t classes);

/* SGD with momentum and weight decay in PyTorch's form:
 * v = momentum v + (gradient + decay weights); weights -= learning_rate v. */
int32_t eoq_fp32_sgd_step(int32_t weights, int32_t velocity, int32_t gradient, float learning_rate,
                                  float momentum, float decay, int32_t count);
/* The same for k output channels of `length` weights each, the mean of each
 * channel taken off its gradient (Yong et al., arXiv 2004.01461). */
int32_t eoq_fp32_sgd_step_centered(int32_t weights, int32_t velocity, int32_t gradient, float learning_rate,
                                           float momentum, float decay, int32_t k, int32_t length);

/* Does `iterations` * 12 * 2^16 multiply-adds on every thread, between
 * registers alone: the time that takes is the path's peak. At most 4096 iterations. */
int32_t eoq_fp32_peak(int32_t iterations);

#endif
