/* conv_pass.h: a convolution as passes over a padded image.
 *
 * Forward is one pass. Backward data with stride s is s * s passes, one for
 * each residue of the input pixel: each is a dense convolution of the error
 * with every s-th kernel tap, so no zero is ever inserted or multiplied. In a
 * padded NHWC image the taps of one kernel row lie side by side, so a pass
 * multiplies `runs` contiguous stretches of `run` elements a pixel. */
#ifndef EOQ_CONV_PASS_H
#define EOQ_CONV_PASS_H

#include "conv_shape.h"

typedef struct {
  int32_t rows, columns; /* pixels this pass writes */
  int32_t step;          /* source pixels between neighbours */
  int32_t top, left;     /* padded-source position of pixel 0's first tap */
  int32_t runs, run;     /* kernel rows, elements a row */
  size_t target;         /* first element written, and the way to the next */
  size_t row_pitch, pixel_pitch;
  ptrdiff_t weight;      /* first weight; strides of a target channel, a kernel */
  ptrdiff_t weight_target, weight_row, weight_column, weight_source; /* row, column, source channel */
} eoq_conv_pass;

enum { EOQ_MAX_PASSES = 64 };

typedef struct {
  int32_t images, height, width, channels; /* source */
  int32_t pad_top, pad_left, padded_height, padded_width;
  int32_t target_channels;
  size_t target_image; /* elements an image of the target */
  int32_t passes;
  eoq_conv_pass pass[EOQ_MAX_PASSES];
} eoq_conv_job;

/* The passes that compute y = conv(x, w). */
void eoq_conv_forward_job(const eoq_conv_shape *shape, eoq_conv_job *job);
/* The passes that compute dx from dy and w; together they write all of dx. */
void eoq_conv_backward_data_job(const eoq_conv_shape *shape, eoq_conv_job *job);

/* Bands of rows an image is cut into so that `threads` have enough to do. */
int32_t eoq_conv_bands(int32_t images, int32_t rows, int32_t threads);

#endif
