/* weights_run.h: backward weights over the tiles of weights_tile.h. A job is
 * one tile's sums: a kernel tap, one or two vectors, a part of the broadcast
 * run. Besides what those headers ask for, the including file defines
 *   OFFSET   1 when vectors are packed with an offset, with
 *   offset_dot(sums, elements)   sums + offset * elements
 *   repeat(sum), vector_subtract(a, b) */
#include "internal.h"
#include "weights_plan.h"

#include <string.h>

#include "weights_pack.h"
#include "weights_tile.h"

/* Packed operands of a group of images stay in the second-level cache while every job reads them. */
enum { GROUP_BYTES = 256 * 1024 };

typedef struct {
  const eoq_weights_plan *plan;
  const SOURCE *x, *dy; /* of the group's first image */
  int32_t units;
  int first;            /* of its chunk: sums start here */
  SUM *sums;
  PACKED *inputs, *errors;
  const SOURCE *zeros;
} weights_group;

static const PACKED *operand(const weights_group *group, const eoq_weights_side *side) {
  const int errors = side == &group->plan->errors;
  if (side->direct) return (const PACKED *)(errors ? group->dy : group->x);
  return errors ? group->errors : group->inputs;
}

static void pack_group(const weights_group *group, int32_t part, int32_t parts) {
  const eoq_weights_plan *plan = group->plan;
  const eoq_weights_side *inputs = &plan->inputs, *errors = &plan->errors;
  if (!inputs->direct) pack_side(plan, inputs, group->x, group->units, part, parts, group->zeros, group->inputs);
  if (!errors->direct) pack_side(plan, errors, group->dy, group->units, part, parts, group->zeros, group->errors);
}

static size_t place(const eoq_weights_side *side, int32_t row, int32_t ky, int32_t column, int32_t kx) {
  const eoq_weights_axis *y = &side->row, *x = &side->column;
  return (y->step * row + y->first + y->tap * ky) * side->pitch +
    (x->step * column + x->first + x->tap * kx) * side->pixel;
}

static int32_t padded_run(const eoq_weights_plan *plan) {
  return (plan->run + LANES - 1) / LANES * LANES;
}

#if OFFSET
/* Sums, times the offset, of the broadcast operand over packed rows and column positions. */
static VECTOR box(const weights_group *group, int32_t element, eoq_weights_range rows, int32_t row_step,
                  eoq_weights_range columns) {
  const eoq_weights_side *side = group->plan->broadcast;
  const PACKED *from = operand(group, side) + (size_t)element * GROUP;
  VECTOR sum = repeat(0);
  for (int32_t unit = 0; unit < group->units; unit++, from += side->unit) {
    for (int32_t row = rows.from; row < rows.to; row += row_step) {
      for (int32_t x = columns.from; x < columns.to; x++) {
        sum = offset_dot(sum, load_packed(from + row * side->pitch + x * side->column.step * side->pixel));
      }
    }
  }
  return sum;
}

/* What the offset adds to the sums of each tap and broadcast element. Where
 * taps differ by a border only, the sum over everything is found once. */
static void find_offsets(const weights_group *group, SUM *offsets) {
  const eoq_weights_plan *plan = group->plan;
  const eoq_weights_axis *y = &plan->broadcast->row;
  const int32_t run = padded_run(plan);
  const int borders = y->step == 1 && y->size < 2 * plan->rows;
  const eoq_weights_range all = { 0, y->size }, across = { 0, plan->columns };
  for (int32_t j = 0; j < run; j += LANES) {
    VECTOR total = repeat(0);
    if (borders) total = box(group, j, all, 1, across);
    for (int32_t ky = 0; ky < plan->row_taps; ky++) {
      eoq_weights_range rows = eoq_weights_valid(&plan->vector->row, y, ky, plan->rows);
      const int32_t first = y->first + y->tap * ky;
      const eoq_weights_range read = { first + y->step * rows.from, first + y->step * rows.to };
      for (int32_t kx = 0; kx < plan->column_taps; kx++) {
        const eoq_weights_range columns =
          eoq_weights_valid(&plan->vector->column, &plan->broadcast->column, kx, plan->columns);
        VECTOR sum = total;
        if (rows.from == rows.to || columns.from == columns.to) {
          sum = repeat(0);
        } else if (borders) {
          sum = vector_subtract(sum, box(group, j, (eoq_weights_range){ 0, read.from }, 1, across));
          sum = vector_subtract(sum, box(group, j, (eoq_weights_range){ read.to, y->size }, 1, across));
          sum = vector_subtract(sum, box(group, j, read, 1, (eoq_weights_range){ 0, columns.from }));
          sum = vector_subtract(sum, box(group, j, read, 1, (eoq_weights_range){ columns.to, plan->columns }));
        } else {
          sum = box(group, j, read, y->step, columns);
        }
        store_sums(offsets + (size_t)(ky * plan->column_taps + kx) * run + j, sum);
      }
    }
  }
}
#endif

typedef struct {
  int32_t ky, kx, vector, width, element, elements;
} weights_job;

static void start_sums(const weights_group *group, const weights_job *job, const SUM *offsets, ptrdiff_t step,
                       SUM *sums) {
#if OFFSET
  const eoq_weights_plan *plan = group->plan;
  offsets += (size_t)(job->ky * plan->column_taps + job->kx) * padded_run(plan) + job->element;
#else
  (void)offsets;
  if (!group->first) return;
#endif
  for (int32_t j = 0; j < job->elements; j++, sums += step) {
    for (int32_t v = 0; v < job->width; v++) {
      VECTOR sum = repeat(0);
#if OFFSET
      if (!group->first) sum = load_sums(sums + v * LANES);
      sum = vector_subtract(sum, repeat(offsets[j]));
#endif
      store_sums(sums + v * LANES, sum);
    }
  }
}

/* Loops whose steps continue each other become one, so that images of a pixel are a row. */
static void join_loops(tile_walk *w) {
  if (w->vector_row == w->steps * w->vector_step && w->broadcast_row == w->steps * w->broadcast_step) {
    w->steps *= w->rows;
    w->rows = 1;
  }
  if (w->rows == 1) {
    w->rows = w->units;
    w->vector_row = w->vector_unit;
    w->broadcast_row = w->broadcast_unit;
    w->units = 1;
  }
}

static void run_job(const weights_group *group, const weights_job *job, const SUM *offsets) {
  const eoq_weights_plan *plan = group->plan;
  const eoq_weights_side *vector = plan->vector, *broadcast = plan->broadcast;
  const size_t step = broadcast == &plan->errors ? plan->sums.channel : plan->sums.input;
  SUM *sums = group->sums + (job->ky * plan->row_taps + job->kx) * plan->sums.tap + job->element * step +
    (size_t)job->vector * LANES;
  start_sums(group, job, offsets, step, sums);
  const eoq_weights_range rows = eoq_weights_valid(&vector->row, &broadcast->row, job->ky, plan->rows);
  const eoq_weights_range columns = eoq_weights_valid(&vector->column, &broadcast->column, job->kx, plan->columns);
  if (rows.from == rows.to || columns.from == columns.to) return;
  tile_walk walk = {
    .units = group->units, .rows = rows.to - rows.from, .steps = columns.to - columns.from,
    .vector_unit = vector->unit, .vector_row = vector->row.step * vector->pitch,
    .vector_step = vector->column.step * vector->pixel,
    .broadcast_unit = broadcast->unit, .broadcast_row = broadcast->row.step * broadcast->pitch,
    .broadcast_step = broadcast->column.step * broadcast->pixel,
    .sums_step = step,
  };
  join_loops(&walk);
  join_loops(&walk);
  const PACKED *vectors = operand(group, vector) + place(vector, rows.from, job->ky, columns.from, job->kx) +
    (size_t)job->vector * LANES * GROUP;
  const PACKED *elements = operand(group, broadcast) + place(broadcast, rows.from, job->ky, columns.from, job->kx) +
    (size_t)job->element * GROUP;
  (job->width == 2 ? tiles_2 : tiles_1)[job->elements](&walk, vectors, elements, sums);
}

static void run_group(const weights_group *group, int32_t part, int32_t parts, SUM *offsets) {
  const eoq_weights_plan *plan = group->plan;
  const int32_t pairs = (plan->vectors + 1) / 2, most = plan->vectors == 1 ? MOST_1 : MOST_2;
  const int32_t blocks = (plan->run + most - 1) / most;
  const int32_t jobs = plan->row_taps * plan->column_taps * pairs * blocks;
#if OFFSET
  find_offsets(group, offsets);
#endif
  for (int32_t i = eoq_share(jobs, part, parts); i < eoq_share(jobs, part + 1, parts); i++) {
    const int32_t block = i % blocks, pair = i / blocks % pairs, tap = i / (blocks * pairs);
    const int32_t element = eoq_share(plan->run, block, blocks);
    const weights_job job = {
      .ky = tap / plan->column_taps, .kx = tap % plan->column_taps,
      .vector = 2 * pair, .width = plan->vectors - 2 * pair < 2 ? 1 : 2,
      .element = element, .elements = eoq_share(plan->run, block + 1, blocks) - element,
    };
    run_job(group, &job, offsets);
  }
}
