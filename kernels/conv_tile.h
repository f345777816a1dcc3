/* conv_tile.h: the micro-kernels of a convolution's passes, for any arithmetic
 * and vector width. The including file defines
 *
 *   SOURCE, PACKED   element of the source, and as tiles read it
 *   WEIGHT, STORED   element of the weights as given and as packed
 *   SUM, VECTOR      accumulator element and a vector of LANES of them
 *   GROUP, LANES     products that one dot adds to a lane; lanes a vector
 *   MOST_1, MOST_2   pixels a tile holds with one and two vectors a pixel
 *   IN_PLACE         1 where tiles read the source as it is, else
 *                    convert(to, from, count)
 *   OFFSET           what broadcast() adds to every source element
 *   dot(sum, broadcast, weights), broadcast(from), load_weights(from),
 *   load_sums(from), store_sums(to, sums, lanes)
 *   pack_vector(to, from, lanes, lane_pitch, pitch)   see conv_pack.h
 *   EXTREMES         1 when the smallest and largest sum are wanted, with
 *                    vector_min, vector_max, repeat(x), lowest(v), highest(v)
 *
 * A tile holds P neighbouring pixels of a target row x V vectors of channels
 * in registers over the whole reduction. The weights of KX kernel columns are
 * held while the source pixels pass by: each is broadcast once and serves
 * every tap that it is part of. */
#include "internal.h"
#include "tile_sizes.h"

/* Whether the first column of a tile, or the last one, lies in the padding. */
enum { LEFT_EDGE = 1, RIGHT_EDGE = 2, EDGES = 4 };

typedef struct {
  const STORED *weights; /* [row][group][kernel column][vector][lane][GROUP] */
  const SUM *start;      /* [edges][2 * LANES]: what sums start from */
  ptrdiff_t row;         /* elements a source row */
  ptrdiff_t pixel;       /* elements a source pixel; with one kernel column, between neighbours */
  int32_t rows, groups;  /* kernel rows; dots a kernel column */
  int32_t lanes;         /* channels of the last vector */
  size_t pitch;          /* elements between target pixels */
  VECTOR *extremes;
} tile_call;

static inline __attribute__((always_inline)) void tile(const int KX, const int S, const int P, const int V,
                                                       const tile_call *call, const PACKED *source, SUM *target,
                                                       int32_t edges) {
  const int COLUMNS = (P - 1) * S + KX;
  const int32_t left = edges & LEFT_EDGE, right = edges & RIGHT_EDGE;
  VECTOR sums[MOST_1 > 2 * MOST_2 ? MOST_1 : 2 * MOST_2];
#pragma GCC unroll 16
  for (int p = 0; p < P; p++) {
    const SUM *start = call->start + 2 * LANES * ((p == 0 ? left : 0) | (p == P - 1 ? right : 0));
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) sums[p * V + v] = load_sums(start + v * LANES);
  }
  const STORED *weights = call->weights;
  const ptrdiff_t pixel = call->pixel;
  for (int32_t r = 0; r < call->rows; r++) {
    const PACKED *at[6];
#pragma GCC unroll 6
    for (int i = 0; i < (COLUMNS + 2) / 3; i++) at[i] = source + 3 * i * pixel;
    for (int32_t g = 0; g < call->groups; g++) {
      VECTOR w[6];
#pragma GCC unroll 6
      for (int i = 0; i < KX * V; i++) w[i] = load_weights(weights + i * LANES * GROUP);
#pragma GCC unroll 18
      for (int j = 0; j < COLUMNS; j++) {
        if (KX > 1 && ((j == 0 && left) || (j == COLUMNS - 1 && right))) continue;
        const VECTOR x = broadcast(at[j / 3] + (j % 3) * pixel);
#pragma GCC unroll 3
        for (int kx = 0; kx < KX; kx++) {
          if (j < kx || (j - kx) % S != 0 || (j - kx) / S >= P) continue;
          const int p = (j - kx) / S;
#pragma GCC unroll 2
          for (int v = 0; v < V; v++) sums[p * V + v] = dot(sums[p * V + v], x, w[kx * V + v]);
        }
      }
#pragma GCC unroll 6
      for (int i = 0; i < (COLUMNS + 2) / 3; i++) at[i] += GROUP;
      weights += KX * V * LANES * GROUP;
    }
    source += call->row;
  }
#if EXTREMES
  VECTOR low = call->extremes[0], high = call->extremes[1];
#endif
#pragma GCC unroll 16
  for (int p = 0; p < P; p++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) {
      const VECTOR sum = sums[p * V + v];
#if EXTREMES
      low = vector_min(low, sum);
      high = vector_max(high, sum);
#endif
      store_sums(target + v * LANES, sum, v == V - 1 ? call->lanes : LANES);
    }
    target += call->pitch;
  }
#if EXTREMES
  call->extremes[0] = low;
  call->extremes[1] = high;
#endif
}

typedef void tile_function(const tile_call *call, const PACKED *source, SUM *target, int32_t edges);

#define TILE(NAME, KX, S, P, V)                                                                            \
  static __attribute__((noinline)) void NAME##_##P##_##V(const tile_call *call, const PACKED *source, SUM *target, \
                                                         int32_t edges) {                                  \
    tile(KX, S, P, V, call, source, target, edges);                                                        \
  }
#define POINT_TILE(NAME, P, V) TILE(NAME, 1, 1, P, V)
#define PAIR_TILE(NAME, P, V) TILE(NAME, 2, 1, P, V)
#define TRIPLE_TILE(NAME, P, V) TILE(NAME, 3, 1, P, V)
#define STRIDED_TILE(NAME, P, V) TILE(NAME, 3, 2, P, V)
SIZES_1(POINT_TILE, point, 1)
SIZES_2(POINT_TILE, point, 2)
SIZES_1(PAIR_TILE, pair, 1)
SIZES_2(PAIR_TILE, pair, 2)
SIZES_1(TRIPLE_TILE, triple, 1)
SIZES_2(TRIPLE_TILE, triple, 2)
/* A strided tile's pixels span twice the columns. */
SIZES_8(STRIDED_TILE, strided, 1)
SIZES_2(STRIDED_TILE, strided, 2)

#define TILE_NAME(NAME, P, V) NAME##_##P##_##V,

/* A kind of tile: the kernel columns that share a broadcast, the most pixels
 * with one and two vectors, and the functions by pixels. */
typedef struct {
  int32_t columns, most[2];
  tile_function *functions[2][MOST_1];
} tile_kind;

#define TILE_KIND(NAME, KX, ONE, MOST, TWO) \
  { .columns = KX, .most = { MOST, MOST_2 }, .functions = { { ONE(TILE_NAME, NAME, 1) }, { TWO(TILE_NAME, NAME, 2) } } }

static const tile_kind point_tiles = TILE_KIND(point, 1, SIZES_1, MOST_1, SIZES_2);
static const tile_kind pair_tiles = TILE_KIND(pair, 2, SIZES_1, MOST_1, SIZES_2);
static const tile_kind triple_tiles = TILE_KIND(triple, 3, SIZES_1, MOST_1, SIZES_2);
static const tile_kind strided_tiles = TILE_KIND(strided, 3, SIZES_8, 8, SIZES_2);
