/* weights_pack.h: a group of images of backward weights, packed as
 * weights_plan.h says. The including file defines
 *   SOURCE, PACKED, SUM   element of the tensors, the packed operands, the sums
 *   GROUP                 products that an instruction sums
 *   interleave(to, from, count, vector)   `count` elements of each of GROUP
 *   rows; `vector` is 1 for the operand that fills vectors, which may get an offset */
#include "internal.h"
#include "weights_plan.h"

#include <string.h>

typedef struct {
  const eoq_weights_plan *plan;
  const SOURCE *x, *dy; /* of the first image */
  int32_t units;
  int first, last;      /* of its chunk: sums start with the first */
  SUM *sums;
  PACKED *inputs, *errors;
  const SOURCE *zeros;
} weights_group;

static const PACKED *operand(const weights_group *group, const eoq_weights_side *side) {
  const int errors = side == &group->plan->errors;
  if (side->direct) return (const PACKED *)(errors ? group->dy : group->x);
  return errors ? group->errors : group->inputs;
}

/* The tensor rows of packed row `row`, or zeros in the padding. */
static void rows_of(const eoq_weights_plan *plan, const eoq_weights_side *side, const SOURCE *images, int32_t row,
                    const SOURCE *zeros, const SOURCE *from[GROUP]) {
  const size_t pitch = (size_t)side->width * side->channels;
  for (int i = 0; i < GROUP; i++) {
    if (plan->interleave_rows) {
      const eoq_weights_axis *axis = &side->tensor_row;
      const int32_t y = (row % plan->rows * GROUP + i) * axis->step + axis->first + row / plan->rows * axis->tap;
      from[i] = y >= 0 && y < axis->size ? images + y * pitch : zeros;
    } else {
      from[i] = images + ((size_t)i * side->height + row) * pitch;
    }
  }
}

static void pack_row(const eoq_weights_side *side, const SOURCE *from[GROUP], const SOURCE *zeros, int vector,
                     PACKED *to) {
  const int32_t channels = side->channels, behind = side->packed_channels - channels;
  to += side->border * side->pixel;
  if (behind == 0) {
    interleave(to, from, (size_t)side->width * channels, vector);
    return;
  }
  const SOURCE *none[GROUP];
  for (int i = 0; i < GROUP; i++) none[i] = zeros;
  for (int32_t x = 0; x < side->width; x++, to += side->pixel) {
    interleave(to, from, channels, vector);
    interleave(to + (size_t)channels * GROUP, none, behind, vector);
    for (int i = 0; i < GROUP; i++) from[i] += channels;
  }
}

static void pack_side(const weights_group *group, const eoq_weights_side *side, const SOURCE *images, int32_t part,
                      int32_t parts, PACKED *to) {
  if (side->direct) return;
  const eoq_weights_plan *plan = group->plan;
  const int32_t rows = side->row.size, all = group->units * rows;
  const int32_t first = eoq_share(all, part, parts), last = eoq_share(all, part + 1, parts);
  if (side->border > 0) memset(to + first * side->pitch, 0, (last - first) * side->pitch * sizeof *to);
  for (int32_t i = first; i < last; i++) {
    if ((i % rows - side->row.first) % side->row.step >= plan->row_taps) continue; /* a stride passes over it */
    const SOURCE *from[GROUP];
    rows_of(plan, side, images + i / rows * plan->images * side->image, i % rows, group->zeros, from);
    pack_row(side, from, group->zeros, side == plan->vector, to + i * side->pitch);
  }
}

/* Packs part `part` of `parts` of the rows of both operands. */
static void pack_group(const weights_group *group, int32_t part, int32_t parts) {
  pack_side(group, &group->plan->inputs, group->x, part, parts, group->inputs);
  pack_side(group, &group->plan->errors, group->dy, part, parts, group->errors);
}
