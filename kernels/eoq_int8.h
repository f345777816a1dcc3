/* eoq_int8.h: the EOQ training step in integers (arXiv 2105.13890).
 *
 * An int8 tensor holds q in [-127, 127] and one exponent e, value = q * 2^e;
 * int32 tensors hold sums of products with the exponent of the products.
 * Quantizing writes int8 by shift quantization (number.h): exact maximum,
 * nearest, exponent set on the result.
 *
 * The scalars of Fixup live in one int16 tensor: biases in steps of 2^-14,
 * then scales in steps of 2^-13; arguments name them by index, -1 for none.
 * Their gradients live in one int64 tensor, two elements a scalar: an exact
 * sum and its exponent.
 */
#ifndef EOQ_INT8_H
#define EOQ_INT8_H

/* From here on, quantizing into y leaves `bits` (2..8) bits: within
 * +-(2^(bits - 1) - 1), in steps of R / 2^(bits - 1). Batch norm forward and the
 * loss take no notice. */
int32_t eoq_int8_quantizer(int32_t y, int32_t bits);
/* From here on, quantizing into y rounds stochastically: the first time with
 * random bits of (seed, step, tensor), then tensor + 1 and so on. Batch norm
 * forward takes no notice. */
int32_t eoq_int8_round_randomly(int32_t y, uint32_t seed, uint32_t step, uint32_t tensor);
/* From here on, quantizing into y sets a flag where a value is below one step,
 * which `fine` int8, cleared here, then holds in steps 2^(bits - 1) times finer
 * while y holds 0; elsewhere fine is 0. The convolutions backward read both:
 * `sums` int32 is room for dx of the fine part, and dw must be int64. Batch
 * norm forward and pool_backward set no flags, all other kernels read y alone. */
int32_t eoq_int8_flag_quantizer(int32_t y, int32_t fine, int32_t sums);
/* The next `count` times, quantizing into y sets the exponent that exponents
 * int32 holds from index `first` on, INT32_MIN for the exact one, and values
 * beyond are clipped; the exact one is left there, INT32_MIN for zeros. An
 * exponent that lies out of reach of the values' becomes the nearest in reach. */
int32_t eoq_int8_hindsight(int32_t y, int32_t exponents, int32_t first, int32_t count);

/* x[count] from images[count], exponent -6. `offset` 0: images / 2, rounded
 * down, so that black is 0 as padding is; 128: images - 128, black -127. */
int32_t eoq_int8_input(int32_t images, int32_t offset, int32_t x, int32_t count);

/* ---- convolutions of a shape: x (n, h, w, c), w (k, kernel, kernel, c), y (n, oh, ow, k) */

/* y int32 = conv(x, w) + bias; `biases` is 1 (a scalar) or k (one a channel),
 * `bias` the index of the first, or -1 for none. */
int32_t eoq_int8_conv_forward(int32_t x, int32_t weights, int32_t scalars, int32_t bias, int32_t biases,
                                      int32_t y, int32_t shape, int32_t n);
/* dx int32, overwritten. */
int32_t eoq_int8_conv_backward_data(int32_t dy, int32_t weights, int32_t dx, int32_t shape, int32_t n);
/* dw, overwritten; int64, or int32 while n * oh * ow <= 133144 keeps it exact. */
int32_t eoq_int8_conv_backward_weights(int32_t x, int32_t dy, int32_t dw, int32_t shape, int32_t n);

/* ---- convolutions with what follows them. The results are those of the two
 * calls named; `sums` int32 is overwritten, or untouched where the sums are
 * quantized before they leave the cache. */

/* y = conv_forward, activate; `bias_before` and `bias_behind` the ReLU are indices or -1. */
int32_t eoq_int8_conv_forward_activate(int32_t x, int32_t weights, int32_t scalars, int32_t bias_before,
                                               int32_t bias_behind, int32_t sums, int32_t y, int32_t mask,
                                               int32_t shape, int32_t n);
/* y = conv_forward without bias, quantize. */
int32_t eoq_int8_conv_forward_quantize(int32_t x, int32_t weights, int32_t sums, int32_t y, int32_t shape,
                                               int32_t n);
/* dx = conv_backward_data, activate_backward. */
int32_t eoq_int8_conv_backward_data_activate(int32_t dy, int32_t weights, int32_t mask, int32_t sums,
                                                     int32_t gradients, int32_t bias_before, int32_t bias_behind,
                                                     int32_t dx, int32_t shape, int32_t n);
/* dx = conv_backward_data, block_backward; `shape` is the convolution's, `shortcut` that of the way around it. */
int32_t eoq_int8_conv_backward_data_block(int32_t dy, int32_t weights, int32_t dr, int32_t mask,
                                                  int32_t shortcut_behind, int32_t sums, int32_t gradients,
                                                  int32_t bias_before, int32_t bias_behind, int32_t dx, int32_t shape,
                                                  int32_t shortcut, int32_t n);

/* ---- activations, forward ---------------------------------------------- */

/* y int8 = quantize(relu(x) + bias), x int32; `mask` (bits or 0) gets x > 0. */
int32_t eoq_int8_activate(int32_t x, int32_t scalars, int32_t bias, int32_t y, int32_t mask, int32_t count);
/* y int8 = quantize(x), x int32. */
int32_t eoq_int8_quantize(int32_t x, int32_t y, int32_t count);
/* y int8 = quantize(x + bias), x int8. */
int32_t eoq_int8_add_bias(int32_t x, int32_t scalars, int32_t bias, int32_t y, int32_t count);
/* y (n, oh, ow, k) = every stride-th pixel of x (n, h, w, c) with k - c zero
 * channels appended: option A of arXiv 1512.03385. */
int32_t eoq_int8_shortcut(int32_t x, int32_t y, int32_t shape, int32_t n);
/* y int8 = quantize(relu(z * scale + bias + shortcut)); `mask` (bits or 0) as above. */
int32_t eoq_int8_residual(int32_t z, int32_t shortcut, int32_t scalars, int32_t scale, int32_t bias, int32_t y,
                                  int32_t mask, int32_t count);
/* y (n, c) int8 = quantize(mean of x (n, pixels, c) + bias); `reciprocal` is
 * round(2^22 / pixels), `sums` (n, c) int32 is overwritten; `bias` may be -1. */
int32_t eoq_int8_pool(int32_t x, int32_t reciprocal, int32_t scalars, int32_t bias, int32_t sums, int32_t y,
                              int32_t n, int32_t pixels, int32_t c);

/* y (n, oh, ow, c) int8 = the largest of each window of x (n, h, w, c), the
 * first in rows of those that are equal; padding is never it. y_mask (bits) gets
 * the bit of x_mask that belongs to it, `places` (uint8) its index among the
 * kernel * kernel of the window, kernel <= 15; all three or, with 0, none. */
int32_t eoq_int8_max_pool(int32_t x, int32_t x_mask, int32_t y, int32_t y_mask, int32_t places, int32_t shape,
                                  int32_t n);

/* ---- loss --------------------------------------------------------------- */

/* Softmax cross-entropy of logits (n, classes) int32 against the target
 * share / 256 * onehot(labels) + (1 - share / 256) * onehot(partners), both
 * int16, share 0..256; without partners (0) that is onehot(labels). Of it the
 * part smoothing / 256, 0..256, is spread over all classes (label smoothing).
 * metrics int64[2] gets the summed loss in 2^-16 nats and the count of images
 * whose largest logit is that of their label. dlogits int8 (exponent -7; 0 for
 * none) gets p - target, and the gradients of `classes` biases from `bias` on
 * their sums. */
int32_t eoq_int8_loss(int32_t logits, int32_t labels, int32_t partners, int32_t share, int32_t smoothing,
                              int32_t gradients, int32_t bias, int32_t dlogits, int32_t metrics, int32_t n,
                              int32_t classes);

/* ---- activations, backward ---------------------------------------------- */

/* dx (n, pixels, c) int8 = quantize(dy * reciprocal) spread over the pixels and
 * masked; dy (n, c) int32. The bias before the pool's output gets sum(dy). */
int32_t eoq_int8_pool_backward(int32_t dy, int32_t mask, int32_t reciprocal, int32_t gradients, int32_t bias,
                                       int32_t dx, int32_t n, int32_t pixels, int32_t c);
/* dx (n, h, w, c) int32, overwritten: the sums of dy (n, oh, ow, c) int8 over the windows that have each as their largest. */
int32_t eoq_int8_max_pool_backward(int32_t dy, int32_t places, int32_t dx, int32_t shape, int32_t n);
/* dz int8 = quantize(dy * scale), and the gradients sum(dy * z), sum(dy). */
int32_t eoq_int8_residual_backward(int32_t dy, int32_t z, int32_t scalars, int32_t scale, int32_t gradients,
                                           int32_t bias, int32_t dz, int32_t count);
/* dx int8 = quantize(dy where mask), dy int32; the bias behind the ReLU gets
 * sum(dy), the one before it sum(dy where mask). */
int32_t eoq_int8_activate_backward(int32_t dy, int32_t mask, int32_t gradients, int32_t bias_before,
                                           int32_t bias_behind, int32_t dx, int32_t count);
/* dx int8 = quantize((du + shortcut's error) where mask): the error of a
 * block's input (n, h, w, c). du int32, overwritten, is the error behind the
 * input bias, which is the bias behind the ReLU of `mask`; dr int8 (n, oh, ow, k)
 * the error of the shortcut of that shape. `bias_behind` gets the sum of both
 * errors where the shortcut starts behind it (`shortcut_behind` 1), else (0)
 * that of du. `bias_before` (or -1) gets sum(result where mask). */
int32_t eoq_int8_block_backward(int32_t du, int32_t dr, int32_t mask, int32_t shortcut_behind,
                                        int32_t gradients, int32_t bias_before, int32_t bias_behind, int32_t dx,
                                        int32_t shape, int32_t n);

/* ---- batch normalization (batchnorm.h): x int32, `pixels` pixels of c channels */

/* y int8 = quantize(relu(gamma xhat + beta + residual)), xhat = (x - mean) / std
 * with the statistics of the batch, which also move the running ones by an
 * eighth; `residual` int8 may be 0. norm int8 (2, c): gammas, then betas, steps
 * of 2^-6. running int32 (2, c): means, then standard deviations, steps of
 * 2^-20. For the way back: mask, or 0 for no ReLU, xhat int16, and inverse
 * int32 (c), 1 / std. */
int32_t eoq_int8_batchnorm_forward(int32_t x, int32_t residual, int32_t norm, int32_t running, int32_t y,
                                           int32_t mask, int32_t xhat, int32_t inverse, int32_t pixels, int32_t c);
/* The same with the running statistics, and with a ReLU (1) or none (0). */
int32_t eoq_int8_batchnorm_inference(int32_t x, int32_t residual, int32_t norm, int32_t running, int32_t relu,
                                             int32_t y, int32_t pixels, int32_t c);
/* dx int8 = quantize(error of x), from the masked error dy int8; gradients
 * int64 (2, c) gets the exact ones of norm. */
int32_t eoq_int8_batchnorm_backward(int32_t dy, int32_t xhat, int32_t norm, int32_t inverse, int32_t gradients,
                                            int32_t dx, int32_t pixels, int32_t c);

/* ---- update ------------------------------------------------------------- */

/* dw int32 or int64, in `channels` equal parts: of each its mean is taken off
 * (arXiv 2004.01461). Sums of int32 stay within +-(2^31 - 1), of int64 they are clipped at +-2^40 before. */
int32_t eoq_int8_centre_gradients(int32_t dw, int32_t channels, int32_t count);
/* Weights int8, momentum int32 (24 bits used, steps of 2^-12 weight steps),
 * dw int32 or int64; the learning rate is rate_mantissa (1..255) * 2^rate_exponent.
 * g = stochastic int8 of dw; v += rate * g - v / 8. Stored are 8 bits of a
 * weight (fraction 0), 16 (fraction uint8) or 24 (fraction int16): in steps of
 * 1, 2^-8 or 2^-16 weight steps; weights is the nearest int8 of that, halves
 * upwards, and fraction its low bits. u = v in stored steps, stochastic where that drops bits; stored -= u.
 * Both roundings share the 32 random bits of (seed, step, tensor, element), 16 each. */
int32_t eoq_int8_update(int32_t weights, int32_t fraction, int32_t momentum, int32_t dw, int32_t rate_mantissa,
                                int32_t rate_exponent, int32_t count, uint32_t seed, uint32_t step, uint32_t tensor);
/* Changes, for the weights that this momentum belongs to, int32, or int64 for
 * scalars, of which only momentum_shift counts:
 * - weight_bits (2..8): weights within +-(2^(bits - 1) - 1);
 * - gradient_bits (2..8) of g, and whether it is rounded to nearest (1);
 * - gradient_fixed (1): g's steps are 2^gradient_exponent whatever its range
 *   (the constant quantization of arXiv 1909.02384);
 * - update_bits (2..8): u within a 2^(8 - bits)-th of its range, and whether it is rounded to nearest (1);
 * - momentum_shift (0..8): v += rate * g - v / 2^momentum_shift;
 * - feedback (1), for weights of 8 stored bits alone: v, in steps of 2^-(12 + momentum_shift), has rate * g
 *   added and u weight steps taken off, instead of its leak; u = v / 2^momentum_shift as else;
 * - decay (0..40, 0 for none): g has 2^-decay * weights added, stochastically
 *   rounded to momentum steps after the learning rate. */
int32_t eoq_int8_update_policy(int32_t momentum, int32_t weight_bits, int32_t gradient_bits,
                                       int32_t gradient_nearest, int32_t gradient_fixed, int32_t gradient_exponent,
                                       int32_t update_bits, int32_t update_nearest, int32_t momentum_shift,
                                       int32_t feedback, int32_t decay);
/* The same for scalars with exact gradients and int64 momentum (2^-16 steps):
 * `biases` biases, then `scales` scales. */
int32_t eoq_int8_update_scalars(int32_t scalars, int32_t momentum, int32_t gradients, int32_t rate_mantissa,
                                        int32_t rate_exponent, int32_t biases, int32_t scales, uint32_t seed,
                                        uint32_t step, uint32_t tensor);

/* ---- counters ------------------------------------------------------------ */

/* counts int64[2] gets how many of x int8 are +-127, and how many 0, in the fine part of a flagged tensor, too. */
int32_t eoq_int8_count_values(int32_t x, int32_t counts, int32_t count);
/* counts int64[3] gets how many of the weights are +-127, how many stored
 * weights (with their fraction, or 0) are what `before` int32 has, and the sum
 * of |stored - before|; then before = stored. */
int32_t eoq_int8_count_updates(int32_t weights, int32_t fraction, int32_t before, int32_t counts,
                                       int32_t count);

/* ---- measuring ----------------------------------------------------------- */

/* Does `iterations` * 12 * 2^16 int8 multiply-adds on every thread, between
 * registers alone: the time that takes is the path's peak. At most 4096 iterations. */
int32_t eoq_int8_peak(int32_t iterations);

#endif
