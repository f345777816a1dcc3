/* weights_run.h: backward weights of a group of images. A job is the sums of
 * one tile: a kernel tap, one or two vectors, a part of the broadcast run. */
#include "weights_pack.h"
#include "weights_tile.h"

#if OFFSET
#include "weights_offset.h"
#endif

/* Pixels of a row below which its loop costs more than its end. */
enum { SHORT_ROW = 16 };

static const PACKED *first_pixel(const weights_group *group, const eoq_weights_side *side, const eoq_weights_tap *tap) {
  const eoq_weights_axis *y = &side->row, *x = &side->column;
  if (tap->rows.to == 0) return operand(group, side);
  return operand(group, side) + (y->step * tap->rows.from + y->first + y->tap * tap->ky) * (ptrdiff_t)side->pitch +
    (x->step * tap->columns.from + x->first + x->tap * tap->kx) * (ptrdiff_t)side->pixel;
}

/* Short loops whose steps continue each other become one, so that pixels of many images are a row. */
static void join_loops(tile_walk *w) {
  if (w->steps >= SHORT_ROW) return;
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

static tile_walk walk_of(const weights_group *group, const eoq_weights_tap *tap) {
  const eoq_weights_plan *plan = group->plan;
  const eoq_weights_side *a = plan->vector, *b = plan->broadcast;
  tile_walk walk = {
    .units = group->units, .rows = tap->rows.to - tap->rows.from, .steps = tap->columns.to - tap->columns.from,
    .vector_unit = a->unit, .vector_row = a->row.step * a->pitch, .vector_step = a->column.step * a->pixel,
    .broadcast_unit = b->unit, .broadcast_row = b->row.step * b->pitch, .broadcast_step = b->column.step * b->pixel,
    .sums_step = b == &plan->errors ? plan->sums.channel : plan->sums.input,
    .first = group->first,
  };
  join_loops(&walk);
  join_loops(&walk);
  return walk;
}

/* The next group's images are fetched while this one is summed, some lines a
 * row: there it costs next to nothing, and their packing would wait for memory. */
static size_t bytes_ahead(const weights_group *group, const eoq_weights_side *side) {
  return group->last ? 0 : group->units * group->plan->images * side->image * sizeof(SOURCE);
}

static const char *place_ahead(const weights_group *group, size_t offset) {
  const size_t x = bytes_ahead(group, &group->plan->inputs), dy = bytes_ahead(group, &group->plan->errors);
  return offset < x ? (const char *)group->x + x + offset : (const char *)group->dy + dy + (offset - x);
}

static int32_t lines_a_row(const tile_walk *walk, size_t bytes) {
  const int32_t rows = walk->units * walk->rows;
  const size_t lines = rows == 0 ? 0 : (bytes / LINE + rows - 1) / rows;
  return lines < (size_t)walk->steps ? (int32_t)lines : walk->steps;
}

static size_t padded_run(const eoq_weights_plan *plan) {
  return (size_t)(plan->run + LANES - 1) / LANES * LANES;
}

/* Parts that a run is cut into: as few as the registers allow, twice that where threads share the jobs. */
static int32_t blocks_of(const eoq_weights_plan *plan, int32_t parts) {
  const int32_t most = plan->vectors == 1 ? MOST_1 : MOST_2, blocks = (plan->run + most - 1) / most;
  const int32_t finer = parts == 1 ? blocks : 2 * blocks, finest = plan->run / TURNS_BELOW;
  return blocks > finest ? blocks : finer < finest ? finer : finest;
}

/* Part `part` of `parts` of the jobs; starts has room for two padded runs. */
static void run_group(const weights_group *group, int32_t part, int32_t parts, SUM *starts) {
  const eoq_weights_plan *plan = group->plan;
  const int32_t blocks = blocks_of(plan, parts), tap_jobs = (plan->vectors + 1) / 2 * blocks;
  const int32_t jobs = plan->row_taps * plan->column_taps * tap_jobs, end = eoq_share(jobs, part + 1, parts);
  const size_t ahead = (bytes_ahead(group, &plan->inputs) + bytes_ahead(group, &plan->errors)) / jobs;
  int32_t job = eoq_share(jobs, part, parts);
  if (job == end) return;
#if OFFSET
  SUM *totals = starts + padded_run(plan);
  sum_all(group, totals);
#endif
  while (job < end) {
    const int32_t done = job % tap_jobs, next = job - done + tap_jobs < end ? job - done + tap_jobs : end;
    const eoq_weights_tap tap = eoq_weights_tap_of(plan, job / tap_jobs);
    tile_walk walk = walk_of(group, &tap);
    walk.ahead_lines = lines_a_row(&walk, ahead);
    const PACKED *vectors = first_pixel(group, plan->vector, &tap);
    const PACKED *elements = first_pixel(group, plan->broadcast, &tap);
    SUM *sums = group->sums + (tap.ky * plan->row_taps + tap.kx) * plan->sums.tap;
#if OFFSET
    find_starts(group, &tap, totals, starts);
#endif
    int32_t vector = done / blocks * 2, block = done % blocks;
    for (; job < next; job++) {
      const int32_t element = eoq_share(plan->run, block, blocks);
      const int32_t count = eoq_share(plan->run, block + 1, blocks) - element;
      walk.starts = starts + element;
      walk.ahead = place_ahead(group, ahead * job);
      (plan->vectors - vector < 2 ? tiles_1 : tiles_2)[count](
        &walk, vectors + (size_t)vector * LANES * GROUP, elements + (size_t)element * GROUP,
        sums + element * walk.sums_step + (size_t)vector * LANES);
      if (++block == blocks) {
        block = 0;
        vector += 2;
      }
    }
  }
}
