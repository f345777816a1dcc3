/* weights_plan.h: how backward weights lays out and walks its operands.
 *
 * dw[k][ky][kx][c] = sum over images and output pixels of dy[k] * x[ky, kx, c]
 * is a matrix product over the pixels: one operand fills vectors, the other is
 * broadcast. Inputs fill them as a rule, because sums then lie as the weights
 * do; errors do where the inputs are too few, as in a first layer, and then
 * the (kx, c) of a kernel row are broadcast.
 *
 * An instruction that sums GROUP products wants GROUP pixels interleaved.
 * Those at one place of GROUP images make every tap a mere offset and leave
 * out the padding; images left over interleave GROUP output rows instead,
 * with a copy of the inputs for each kernel row. So packed operands are
 * [unit][row][pixel][channel][GROUP], a unit being GROUP images or one. */
#ifndef EOQ_WEIGHTS_PLAN_H
#define EOQ_WEIGHTS_PLAN_H

#include "shape.h"

/* Place step * i + first + tap * t of position i and kernel tap t, which exists in [0, size). */
typedef struct {
  int32_t step, first, tap, size;
} eoq_weights_axis;

typedef struct {
  int32_t height, width, channels; /* of the tensor's images */
  size_t image;                    /* their elements */
  int32_t packed_channels;
  int32_t border;               /* zero pixels at both ends of a packed row */
  eoq_weights_axis tensor_row;  /* of position GROUP * row + lane of copy t, where rows are interleaved */
  eoq_weights_axis row, column; /* in a unit */
  size_t pixel, pitch, unit;    /* elements from a pixel, row or unit to the next */
  int32_t direct;               /* the tensor serves as it is */
} eoq_weights_side;

/* Elements between the sums of neighbouring output channels, taps and input channels; all of them. */
typedef struct {
  size_t channel, tap, input, count;
} eoq_weights_sums;

typedef struct {
  int32_t interleave_rows;       /* else images */
  int32_t images;                /* a unit */
  int32_t rows, columns;         /* positions */
  int32_t row_taps, column_taps; /* 1 column tap where a run holds them */
  int32_t vectors, run;          /* of the vector operand's pixel; of the other's position */
  eoq_weights_side inputs, errors;
  const eoq_weights_side *vector, *broadcast; /* one each */
  eoq_weights_sums sums;
} eoq_weights_plan;

void eoq_weights_plan_init(eoq_weights_plan *plan, const eoq_conv_shape *shape, int32_t lanes, int32_t group,
                           int32_t interleave_rows);

typedef struct {
  int32_t from, to;
} eoq_weights_range;

/* A kernel tap, and the positions whose pixels are not padding; both ranges
 * are empty where either is. */
typedef struct {
  int32_t ky, kx;
  eoq_weights_range rows, columns;
} eoq_weights_tap;

eoq_weights_tap eoq_weights_tap_of(const eoq_weights_plan *plan, int32_t index);

#endif
