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

/* Spreads the fetch of the next group's images over the rows of all jobs: the
 * instructions for it cost nothing there, and waiting for memory would. */
static void fetch_ahead(const weights_group *group, int32_t job, int32_t jobs, tile_walk *walk) {
  const int32_t rows = walk->units * walk->rows, images = group->units * group->plan->images;
  if (group->last || rows == 0) return;
  const size_t x = images * group->plan->inputs.image * sizeof(SOURCE);
  const size_t dy = images * group->plan->errors.image * sizeof(SOURCE), share = (x + dy) / jobs, from = share * job;
  walk->ahead = from < x ? (const char *)group->x + x + from : (const char *)group->dy + dy + (from - x);
  walk->ahead_lines = (int32_t)((share / LINE + rows - 1) / rows);
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
  const int32_t blocks = blocks_of(plan, parts);
  const int32_t tap_jobs = (plan->vectors + 1) / 2 * blocks, jobs = plan->row_taps * plan->column_taps * tap_jobs;
  int32_t left = eoq_share(jobs, part + 1, parts) - eoq_share(jobs, part, parts);
  if (left == 0) return;
#if OFFSET
  SUM *totals = starts + padded_run(plan);
  sum_all(group, totals);
#endif
  int32_t index = eoq_share(jobs, part, parts) / tap_jobs, skipped = eoq_share(jobs, part, parts) % tap_jobs;
  for (; left > 0; index++, skipped = 0) {
    const eoq_weights_tap tap = eoq_weights_tap_of(plan, index);
    tile_walk walk = walk_of(group, &tap);
    const PACKED *vectors = first_pixel(group, plan->vector, &tap);
    const PACKED *elements = first_pixel(group, plan->broadcast, &tap);
    SUM *sums = group->sums + (tap.ky * plan->row_taps + tap.kx) * plan->sums.tap;
#if OFFSET
    find_starts(group, &tap, totals, starts);
#endif
    int32_t vector = skipped / blocks * 2;
    for (int32_t block = skipped % blocks; vector < plan->vectors && left > 0; vector += 2, block = 0) {
      tile_function *const *tiles = plan->vectors - vector < 2 ? tiles_1 : tiles_2;
      for (; block < blocks && left > 0; block++, left--) {
        const int32_t element = eoq_share(plan->run, block, blocks);
        const int32_t count = eoq_share(plan->run, block + 1, blocks) - element;
        walk.starts = starts + element;
        fetch_ahead(group, jobs - left, jobs, &walk);
        tiles[count](&walk, vectors + (size_t)vector * LANES * GROUP, elements + (size_t)element * GROUP,
                     sums + element * walk.sums_step + (size_t)vector * LANES);
      }
    }
  }
}
