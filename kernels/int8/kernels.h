/* kernels.h: the int8 kernels that exist once an instruction-set path. The
 * scalar table is the reference and fills every slot; a path overrides it. */
#ifndef EOQ_INT8_KERNELS_H
#define EOQ_INT8_KERNELS_H

#include "../conv/pass.h"
#include "../core/internal.h"
#include "../core/peak.h"
#include "../conv/weights_plan.h"
#include "alignment.h"
#include "batchnorm.h"
#include "weight_update.h"

/* Weight gradients before their last sum, in the shared scratch unless they
 * need none. */
typedef struct {
  int32_t *sums;
  int32_t chunks;
  eoq_weights_sums layout; /* of a chunk */
} eoq_int8_partials;

/* Extremes of the masked error and zero; sums of all of it and of the masked. */
typedef struct {
  int32_t minimum, maximum;
  int64_t sum, masked_sum;
} eoq_error_statistics;

/* What an update changes, from one element on, and the gradients it reads. */
typedef struct {
  const int32_t *narrow; /* gradients, or NULL where they are int64 */
  const int64_t *wide;
  int8_t *weights;
  int8_t *fraction8;   /* of weights stored in 16 bits, else NULL */
  int16_t *fraction16; /* in 24 bits */
  int32_t *momentum;   /* or NULL where it has 16 bits */
  int16_t *momentum16;
} eoq_update_tensors;

typedef struct {
  void (*activate)(const int32_t *x, size_t count, int32_t bias, int32_t shift, int8_t *y, uint64_t *mask);
  void (*quantize)(const int32_t *x, size_t count, int32_t shift, int8_t *y);
  /* y = quantize(x * factor + summand) */
  void (*scale)(const int8_t *x, size_t count, int32_t factor, int32_t summand, int32_t shift, int8_t *y);
  /* y = v / 2^shift, rounded with the bits of elements `from` on */
  void (*round_randomly)(const int32_t *v, size_t from, size_t count, eoq_random_key key, int32_t shift, int8_t *y);
  int32_t (*residual_maximum)(const int8_t *z, const int8_t *shortcut, size_t count, eoq_residual r);
  /* the same maximum, with y = quantize(relu(v)) written on the way */
  int32_t (*residual)(const int8_t *z, const int8_t *shortcut, size_t count, eoq_residual r, int32_t shift, int8_t *y,
                      uint64_t *mask);
  /* adds sum(a * b) and sum(a) */
  void (*dot)(const int8_t *a, const int8_t *b, size_t count, int64_t *product, int64_t *sum);
  /* None of x has a larger magnitude than the one given. Where y is not NULL it is error_quantize()d on the way. */
  void (*error_statistics)(const int32_t *x, const uint64_t *mask, size_t count, uint64_t magnitude,
                           eoq_error_statistics *s, int32_t shift, int8_t *y);
  void (*error_quantize)(const int32_t *x, const uint64_t *mask, size_t count, int32_t shift, int8_t *y);
  void (*join)(int32_t *x, const int8_t *other, size_t count, eoq_join join);
  /* x += other * factor for the channels of every pixel, `pitch` and `other_pitch` elements behind the one before */
  void (*join_pixels)(int32_t *x, const int8_t *other, size_t pixels, size_t channels, size_t pitch, size_t other_pitch,
                      int32_t factor);
  /* joins, and measures what comes out as error_statistics() does; returns the sum of what x was, which with `before` 0 may be anything */
  int64_t (*join_statistics)(int32_t *x, const int8_t *other, const uint64_t *mask, size_t count, uint64_t magnitude,
                             eoq_join join, int32_t before, eoq_error_statistics *s, int32_t shift, int8_t *y);
  int64_t (*sum)(const int32_t *x, size_t count);
  uint64_t (*magnitude32)(const int32_t *g, size_t count);
  uint64_t (*magnitude64)(const int64_t *g, size_t count);
  /* g -= its mean, with reciprocal = 2^22 / count to nearest; of int32, extremes are joined by the smallest and largest */
  void (*centre32)(int32_t *g, size_t count, int32_t reciprocal, int32_t extremes[2]);
  void (*centre64)(int64_t *g, size_t count, int32_t reciprocal);
  /* momentum and weights; element 0 of the tensors is the weights' element `from` */
  void (*update)(eoq_update u, eoq_update_tensors t, size_t from, size_t count);
  eoq_int8_batchnorm batchnorm;
} eoq_int8_elementwise;

/* Where the sums of a convolution go: to memory, or where `sink` is not NULL
 * to that, block by block. `extremes` gets the smallest and largest sum and zero. */
typedef struct {
  int32_t *sums;
  const eoq_conv_sink *sink;
  int32_t extremes[2];
} eoq_int8_conv_output;

/* y = conv(x, w) + bias; bias one an output channel, or NULL. */
typedef int32_t eoq_int8_conv_forward_kernel(const eoq_conv_shape *shape, const int8_t *x, eoq_tensor *w,
                                             const int32_t *bias, eoq_int8_conv_output *y);
/* dx, overwritten, from dy and w. */
typedef int32_t eoq_int8_conv_backward_data_kernel(const eoq_conv_shape *shape, const int8_t *dy, eoq_tensor *w,
                                                   eoq_int8_conv_output *dx);
/* dw from x and dy, in `chunks` partial sums over nearly equal shares of the
 * images. Where one chunk comes out as the weights lie, it is in dw, if not NULL. */
typedef int32_t eoq_int8_conv_backward_weights_kernel(const eoq_conv_shape *shape, const int8_t *x, const int8_t *dy,
                                                      int32_t chunks, int32_t *dw, eoq_int8_partials *partials);

eoq_int8_conv_forward_kernel eoq_int8_conv_forward_reference;
eoq_int8_conv_backward_data_kernel eoq_int8_conv_backward_data_reference;
eoq_int8_conv_backward_weights_kernel eoq_int8_conv_backward_weights_reference;

/* What a path has. */
typedef struct {
  eoq_int8_conv_forward_kernel *conv_forward;
  eoq_int8_conv_backward_data_kernel *conv_backward_data;
  eoq_int8_conv_backward_weights_kernel *conv_backward_weights;
  const eoq_int8_elementwise *elementwise;
  int32_t takes_sink; /* whether forward and backward data can hand their sums to a sink */
  eoq_peak_loop *peak_loop;
} eoq_int8_kernels;

#define EOQ_INT8_TABLE(ID, symbol, ...) extern const eoq_int8_kernels eoq_int8_##symbol;
EOQ_EACH_PATH(EOQ_INT8_TABLE)

/* The kernels of the selected path. */
const eoq_int8_kernels *eoq_int8_selected(void);

#endif
