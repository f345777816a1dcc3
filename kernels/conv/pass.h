/* pass.h: a convolution as passes over its source.
 *
 * Forward is one pass. Backward data with stride s is s * s passes, one for
 * each residue of the input pixel: each is a dense convolution of the error
 * with every s-th kernel tap, so no zero is ever inserted or multiplied. Taps
 * in the padding are left out, not multiplied by zeros. */
#ifndef EOQ_CONV_PASS_H
#define EOQ_CONV_PASS_H

#include "shape.h"

typedef struct {
  int32_t rows, columns;               /* target pixels this pass writes, */
  int32_t first_row, first_column;     /* where the first of them lies, */
  int32_t row_step, column_step;       /* and the way to the next */
  int32_t step;                        /* source pixels between neighbours */
  int32_t top, left;                   /* source pixel of the first pixel's first tap; below 0 in the padding */
  int32_t kernel_rows, kernel_columns; /* taps; no rows where no tap reaches */
  int32_t joined;                      /* whether tap t of source column j is of target column 2 * j + t - 1 */
  ptrdiff_t weight;                    /* first weight; strides of a target channel, a kernel */
  ptrdiff_t weight_target, weight_row, weight_column, weight_source; /* row, column, source channel */
} eoq_conv_pass;

enum { EOQ_MAX_PASSES = 64 };

typedef struct {
  int32_t images, height, width, channels; /* source */
  int32_t target_height, target_width, target_channels;
  eoq_conv_shape shape; /* of one image, and which way: from these the order of packed weights follows */
  int32_t backward;
  int32_t passes;
  eoq_conv_pass pass[EOQ_MAX_PASSES]; /* the first `passes` are set */
} eoq_conv_job;

/* The passes that compute y = conv(x, w). */
void eoq_conv_forward_job(const eoq_conv_shape *shape, eoq_conv_job *job);
/* The passes that compute dx from dy and w; together they write all of dx. */
void eoq_conv_backward_data_job(const eoq_conv_shape *shape, eoq_conv_job *job);

/* What a path can do to sums while they are in registers. */
typedef enum {
  EOQ_END_ROUNDED,   /* y = quantize(sum) */
  EOQ_END_ACTIVATED, /* y = quantize(relu(sum) + summand), and the mask gets sum > 0 */
  EOQ_END_MASKED,    /* y = quantize(sum where the mask has a bit, else 0), with statistics */
} eoq_conv_end_kind;

/* Joins the passes of a 3x3 convolution with stride 2 and padding 1 that write even and odd columns of the same rows:
 * all three taps of a kernel row then share a source pixel, and neighbours are written together. */
void eoq_conv_join_columns(eoq_conv_job *job);

/* Takes the target's elements [from, from + count), whole rows, as soon as a
 * thread has finished them, while they are in its nearest cache. */
typedef struct {
  /* `extremes` are the smallest and largest sum so far of those of the thread, and zero; NULL where they are not measured. */
  void (*take)(void *context, void *sums, const void *extremes, size_t from, size_t count, int32_t thread);
  /* Whether elements `from` on, a row, are to be computed and taken; NULL where all are. */
  int32_t (*wants)(const void *context, size_t from);
  void *context;
  const void *end;      /* how a path may end sums of 1x1 convolutions in registers instead (ended.inc), or NULL */
  const int32_t *order; /* all images in the order in which they are taken; NULL for their own */
} eoq_conv_sink;

/* Rows of the target that a sink is given at once, of `bytes` bytes an
 * element: a multiple of 64 elements, so that masks are cut between words.
 * 0 where the rows of an image cannot be cut like that. */
int32_t eoq_conv_sink_rows(const eoq_conv_job *job, size_t bytes);

/* Bands that `units` of an image are cut into so that `threads` have enough to do. */
int32_t eoq_conv_bands(int32_t images, int32_t units, int32_t threads);

#endif
