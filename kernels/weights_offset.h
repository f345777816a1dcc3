/* weights_offset.h: backward weights where vectors are packed with an offset,
 * which adds the offset times the sum of a broadcast element over the pixels
 * of the tap to all of the element's sums. They start from minus that. The
 * including file defines
 *   offset_dot(sums, elements)   sums + offset * elements
 *   vector_subtract(a, b) */

/* The offset times the sum of LANES broadcast elements over packed rows and column positions. */
static inline VECTOR box(const weights_group *group, int32_t element, eoq_weights_range rows,
                         eoq_weights_range columns) {
  if (rows.from == rows.to || columns.from == columns.to) return repeat(0);
  const eoq_weights_side *side = group->plan->broadcast;
  const PACKED *from = operand(group, side) + (size_t)element * GROUP;
  const size_t step = side->column.step * side->pixel;
  VECTOR sums[4] = { repeat(0), repeat(0), repeat(0), repeat(0) }; /* that do not wait for each other */
  for (int32_t unit = 0; unit < group->units; unit++, from += side->unit) {
    for (int32_t row = rows.from; row < rows.to; row += side->row.step) {
      const PACKED *at = from + row * side->pitch + columns.from * step;
      int32_t left = columns.to - columns.from;
      for (; left >= 4; left -= 4) {
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++, at += step) sums[i] = offset_dot(sums[i], load_packed(at));
      }
      for (; left > 0; left--, at += step) sums[0] = offset_dot(sums[0], load_packed(at));
    }
  }
  return vector_add(vector_add(sums[0], sums[1]), vector_add(sums[2], sums[3]));
}

/* Whether the taps' pixels differ by borders only, so that the sum over all of them serves every tap. */
static int taps_share_pixels(const eoq_weights_plan *plan) {
  return plan->broadcast->row.step == 1 && plan->broadcast->row.size < 2 * plan->rows;
}

static void sum_all(const weights_group *group, SUM *totals) {
  const eoq_weights_plan *plan = group->plan;
  const eoq_weights_range rows = { 0, plan->broadcast->row.size }, columns = { 0, plan->columns };
  const int needed = taps_share_pixels(plan);
  for (int32_t j = 0; j < plan->run; j += LANES) {
    store_sums(totals + j, needed ? box(group, j, rows, columns) : repeat(0));
  }
}

static VECTOR start_of(const weights_group *group, const eoq_weights_tap *tap, int32_t element, VECTOR total) {
  const eoq_weights_axis *y = &group->plan->broadcast->row;
  const int32_t first = y->first + y->tap * tap->ky, columns = group->plan->columns;
  const eoq_weights_range rows = { first + y->step * tap->rows.from, first + y->step * tap->rows.to };
  const eoq_weights_range above = { 0, rows.from }, below = { rows.to, y->size }, across = { 0, columns };
  const eoq_weights_range before = { 0, tap->columns.from }, behind = { tap->columns.to, columns };
  if (tap->rows.to == 0) return repeat(0);
  if (!taps_share_pixels(group->plan)) return vector_subtract(repeat(0), box(group, element, rows, tap->columns));
  const VECTOR ends = vector_add(box(group, element, above, across), box(group, element, below, across));
  const VECTOR sides = vector_add(box(group, element, rows, before), box(group, element, rows, behind));
  return vector_subtract(vector_add(ends, sides), total);
}

static void find_starts(const weights_group *group, const eoq_weights_tap *tap, const SUM *totals, SUM *starts) {
  for (int32_t j = 0; j < group->plan->run; j += LANES) {
    store_sums(starts + j, start_of(group, tap, j, load_sums(totals + j)));
  }
}
