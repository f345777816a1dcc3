/* weights_tile.h: the micro-kernels of backward weights, for any arithmetic.
 *
 * A tile holds the sums of V vectors x J broadcast elements in registers over
 * all pixels of a group of images; weights_run.h says which pixels those are.
 * The including file defines
 *   VECTOR, LANES        vector type, sums in it
 *   PACKED, SUM          element of the packed operands, of the sums
 *   GROUP                products that an instruction sums
 *   MOST_1, MOST_2       broadcast elements whose sums fit the registers beside one and two vectors
 *   load_packed(from), broadcast(from), load_sums(from), store_sums(to, sums)
 *   dot(sums, vector, broadcast)   sums + products
 *   repeat(sum), vector_add(a, b)
 *   OFFSET               1 when vectors are packed with an offset */

enum { LINE = 64 }; /* bytes that memory is fetched in */

typedef struct {
  int32_t units, rows, steps;
  ptrdiff_t vector_unit, vector_row, vector_step;
  ptrdiff_t broadcast_unit, broadcast_row, broadcast_step;
  ptrdiff_t sums_step; /* from a broadcast element's sums to the next one's */
  int first;           /* sums start here, instead of going on */
  const SUM *starts;   /* that every sum of a broadcast element gets, where OFFSET */
  const char *ahead;   /* what a later group reads */
  int32_t ahead_lines; /* of it to fetch a row */
} tile_walk;

static inline __attribute__((always_inline)) void tile_step(const int J, const int V, const PACKED *vector,
                                                            const PACKED *element, VECTOR *sums) {
  VECTOR a0 = load_packed(vector), a1 = a0;
  if (V == 2) a1 = load_packed(vector + LANES * GROUP);
#pragma GCC unroll 32
  for (int j = 0; j < J; j++) {
    VECTOR b = broadcast(element + j * GROUP);
    sums[j * V] = dot(sums[j * V], a0, b);
    if (V == 2) sums[j * V + 1] = dot(sums[j * V + 1], a1, b);
  }
}

/* A sum waits for the one before it, so fewer sums than this take turns with
 * as many others. It decides how fp32 sums are rounded: blocks_of() keeps any
 * cut of a run on the same side of it. */
enum { TURNS_BELOW = 5 };

static inline __attribute__((always_inline)) void weights_tile(const int J, const int V, const tile_walk *walk,
                                                               const PACKED *vectors, const PACKED *elements,
                                                               SUM *at) {
  enum { MOST = MOST_1 > 2 * MOST_2 ? MOST_1 : 2 * MOST_2 };
  const int turns = J * V < TURNS_BELOW ? 2 : 1;
  const ptrdiff_t sums_step = walk->sums_step;
  VECTOR sums[MOST], others[4];
#pragma GCC unroll 32
  for (int i = 0; i < J * V; i++) {
#if OFFSET
    sums[i] = repeat(walk->starts[i / V]);
#else
    sums[i] = repeat(0);
#endif
    if (!walk->first) sums[i] = vector_add(sums[i], load_sums(at + i / V * sums_step + i % V * LANES));
    if (turns == 2) others[i] = repeat(0);
  }
  const ptrdiff_t vector_step = walk->vector_step, broadcast_step = walk->broadcast_step;
  const char *ahead = walk->ahead;
  for (int32_t unit = 0; unit < walk->units; unit++) {
    const PACKED *vector_row = vectors + unit * walk->vector_unit;
    const PACKED *broadcast_row = elements + unit * walk->broadcast_unit;
    for (int32_t row = 0; row < walk->rows; row++) {
      const PACKED *a = vector_row, *b = broadcast_row;
      for (int32_t line = 0; line < walk->ahead_lines; line++, ahead += LINE) __builtin_prefetch(ahead, 0, 2);
      int32_t step = walk->steps;
      for (; step >= turns; step -= turns) {
        tile_step(J, V, a, b, sums);
        if (turns == 2) tile_step(J, V, a + vector_step, b + broadcast_step, others);
        a += turns * vector_step;
        b += turns * broadcast_step;
      }
      if (turns == 2 && step > 0) tile_step(J, V, a, b, sums);
      vector_row += walk->vector_row;
      broadcast_row += walk->broadcast_row;
    }
  }
#pragma GCC unroll 32
  for (int i = 0; i < J * V; i++) {
    if (turns == 2) sums[i] = vector_add(sums[i], others[i]);
    store_sums(at + i / V * sums_step + i % V * LANES, sums[i]);
  }
}

typedef void tile_function(const tile_walk *walk, const PACKED *vectors, const PACKED *elements, SUM *at);

#define WEIGHTS_TILE(J, V)                                                                                   \
  static __attribute__((noinline)) void weights_tile_##J##_##V(const tile_walk *walk, const PACKED *vectors, \
                                                               const PACKED *elements, SUM *at) {            \
    weights_tile(J, V, walk, vectors, elements, at);                                                         \
  }
#define WEIGHTS_TILE_NAME(J, V) [J] = weights_tile_##J##_##V,

#define TILES_TO_6(F, V) F(1, V) F(2, V) F(3, V) F(4, V) F(5, V) F(6, V)
#define TILES_TO_12(F, V) TILES_TO_6(F, V) F(7, V) F(8, V) F(9, V) F(10, V) F(11, V) F(12, V)
#define TILES_TO_14(F, V) TILES_TO_12(F, V) F(13, V) F(14, V)
#define TILES_TO_16(F, V) TILES_TO_14(F, V) F(15, V) F(16, V)
#if MOST_1 == 16 && MOST_2 == 14
#define TILES_1(F) TILES_TO_16(F, 1)
#define TILES_2(F) TILES_TO_14(F, 2)
#elif MOST_1 == 12 && MOST_2 == 6
#define TILES_1(F) TILES_TO_12(F, 1)
#define TILES_2(F) TILES_TO_6(F, 2)
#else
#error "no tiles are named for this register file"
#endif

TILES_1(WEIGHTS_TILE)
TILES_2(WEIGHTS_TILE)
static tile_function *const tiles_1[] = { TILES_1(WEIGHTS_TILE_NAME) };
static tile_function *const tiles_2[] = { TILES_2(WEIGHTS_TILE_NAME) };
