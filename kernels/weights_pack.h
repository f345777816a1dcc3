/* weights_pack.h: packs the operands of backward weights as weights_plan.h
 * says. The including file defines
 *   SOURCE                element of the tensors
 *   interleave(to, from, count, vector)   `count` elements of each of GROUP
 *   rows; `vector` is 1 for the operand that fills vectors, whose copy may carry an offset */

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
  const SOURCE *none[GROUP];
  for (int i = 0; i < GROUP; i++) none[i] = zeros;
  const size_t border = side->border * side->pixel;
  if (border > 0) {
    interleave(to, none, border / GROUP, vector);
    interleave(to + side->pitch - border, none, border / GROUP, vector);
  }
  to += border;
  const int32_t channels = side->channels, behind = side->packed_channels - channels;
  if (behind == 0) {
    interleave(to, from, (size_t)side->width * channels, vector);
    return;
  }
  for (int32_t x = 0; x < side->width; x++, to += side->pixel) {
    interleave(to, from, channels, vector);
    interleave(to + (size_t)channels * GROUP, none, behind, vector);
    for (int i = 0; i < GROUP; i++) from[i] += channels;
  }
}

/* Packs part `part` of `parts` of the rows of `units` units. */
static void pack_side(const eoq_weights_plan *plan, const eoq_weights_side *side, const SOURCE *images, int32_t units,
                      int32_t part, int32_t parts, const SOURCE *zeros, PACKED *to) {
  const size_t image = (size_t)side->height * side->width * side->channels;
  const int32_t rows = side->row.size, last = eoq_share(units * rows, part + 1, parts);
  for (int32_t i = eoq_share(units * rows, part, parts); i < last; i++) {
    const SOURCE *from[GROUP];
    rows_of(plan, side, images + i / rows * plan->images * image, i % rows, zeros, from);
    pack_row(side, from, zeros, side == plan->vector, to + i * side->pitch);
  }
}
