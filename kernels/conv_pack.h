/* conv_pack.h: weights in the order in which tiles read them.
 *
 * pack_vector(to, from, lanes, lane_pitch, pitch) writes one vector, [lane]
 * [GROUP], zero behind `lanes`: element i of a lane is from[lane * lane_pitch +
 * i * pitch]. With an OFFSET the including file also gives ONES, a broadcast
 * operand of ones. */
#include "conv_pass.h"
#include "conv_tile.h"

#include <string.h>

/* How a pass is run: its tiles, and where its packed weights lie. */
typedef struct {
  const tile_kind *kind;
  int32_t run;      /* elements of a kernel column that tiles share, */
  int32_t groups;   /* and dots that take them */
  ptrdiff_t pixel;  /* as in tile_call */
  int32_t left;     /* column of the first pixel's first tap, in what tiles read */
  int32_t overhang; /* columns by which the last pixel's last tap passes the source */
  STORED *packed;   /* [block of two vectors][kernel row][group][kernel column][vector][lane][GROUP] */
  SUM *columns;     /* with an OFFSET, sums of weights: [block][kernel row][all, first, last column][2 * LANES] */
} pass_plan;

/* Channels are cut into blocks of two vectors; a last block may have one. */
static int32_t vectors_of(const eoq_conv_job *job) {
  return (job->target_channels + LANES - 1) / LANES;
}

static int32_t blocks_of(const eoq_conv_job *job) {
  return (vectors_of(job) + 1) / 2;
}

static int32_t block_width(const eoq_conv_job *job, int32_t block) {
  return vectors_of(job) - 2 * block < 2 ? 1 : 2;
}

/* Packed elements of one vector in one kernel row. */
static size_t packed_row(const pass_plan *plan) {
  return (size_t)plan->groups * plan->kind->columns * LANES * GROUP;
}

static STORED *packed_block(const eoq_conv_pass *pass, const pass_plan *plan, int32_t block) {
  return plan->packed + (size_t)block * 2 * pass->kernel_rows * packed_row(plan);
}

static size_t packed_size(const eoq_conv_job *job, const eoq_conv_pass *pass, const pass_plan *plan) {
  return (size_t)vectors_of(job) * pass->kernel_rows * packed_row(plan);
}

enum { COLUMN_SUMS = 3 * 2 * LANES };

#if OFFSET
static SUM *column_sums(const eoq_conv_pass *pass, const pass_plan *plan, int32_t block, int32_t row) {
  return plan->columns + ((size_t)block * pass->kernel_rows + row) * COLUMN_SUMS;
}
#endif

static size_t column_sums_size(const eoq_conv_job *job, const eoq_conv_pass *pass) {
  return OFFSET == 0 ? 0 : (size_t)blocks_of(job) * pass->kernel_rows * COLUMN_SUMS;
}

/* Where tiles share no column, a kernel row is one run of columns and channels
 * that need not lie side by side: gathers it, zero to the end of its last group. */
static void gather_run(const eoq_conv_job *job, const eoq_conv_pass *pass, const WEIGHT *from, int32_t length,
                       WEIGHT *run) {
  int32_t element = 0;
  for (int32_t column = 0; column < pass->kernel_columns; column++) {
    for (int32_t c = 0; c < job->channels; c++) {
      run[element++] = from[column * pass->weight_column + c * pass->weight_source];
    }
  }
  for (; element < length; element++) run[element] = 0;
}

/* Packs one kernel row of one block; `runs` has room for a vector of gathered runs. */
static void pack_row(const eoq_conv_job *job, const eoq_conv_pass *pass, const pass_plan *plan, const WEIGHT *weights,
                     int32_t block, int32_t row, WEIGHT *runs) {
  const int32_t width = block_width(job, block), kernel_columns = plan->kind->columns;
  const int32_t gathered = kernel_columns != pass->kernel_columns || plan->run % GROUP != 0;
  const size_t row_size = packed_row(plan) * width;
  STORED *to = packed_block(pass, plan, block) + row * row_size;
#if OFFSET
  SUM *sums = column_sums(pass, plan, block, row);
  memset(sums, 0, COLUMN_SUMS * sizeof *sums);
#endif
  for (int32_t v = 0; v < width; v++) {
    const int32_t lane = (2 * block + v) * LANES;
    const int32_t left = job->target_channels - lane, lanes = left < LANES ? left : LANES;
    const WEIGHT *from = weights + pass->weight + row * pass->weight_row + lane * pass->weight_target;
    ptrdiff_t lane_pitch = pass->weight_target, pitch = pass->weight_source;
    if (gathered) {
      const int32_t length = plan->groups * GROUP;
      for (int32_t i = 0; i < lanes; i++) {
        gather_run(job, pass, from + i * lane_pitch, length, runs + (size_t)i * length);
      }
      from = runs;
      lane_pitch = length;
      pitch = 1;
    }
    for (int32_t column = 0; column < kernel_columns; column++) {
      const WEIGHT *at = from + column * pass->weight_column;
#if OFFSET
      VECTOR sum = repeat(0);
#endif
      for (int32_t g = 0; g < plan->groups; g++, at += GROUP * pitch) {
        STORED *vector = to + (((size_t)g * kernel_columns + column) * width + v) * LANES * GROUP;
        pack_vector(vector, at, lanes, lane_pitch, pitch);
#if OFFSET
        sum = dot(sum, ONES, load_weights(vector));
#endif
      }
#if OFFSET
      SUM *total = sums + v * LANES;
      store_sums(total, vector_add(load_sums(total), sum), LANES);
      if (column == 0) store_sums(total + 2 * LANES, sum, LANES);
      if (column == kernel_columns - 1) store_sums(total + 4 * LANES, sum, LANES);
#endif
    }
  }
}
