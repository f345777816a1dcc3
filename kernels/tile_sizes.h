/* tile_sizes.h: names the micro-kernels of every tile height, so that a tile's
 * size is a constant in its code. The including file has defined ROWS_1 and
 * ROWS_2, the most broadcast operands that its registers hold beside one and
 * two vectors: 16 and 14 with 32 registers, 12 and 6 with 16. */
#ifndef EOQ_TILE_SIZES_H
#define EOQ_TILE_SIZES_H

#define TILES_TO_6(F, V) F(1, V) F(2, V) F(3, V) F(4, V) F(5, V) F(6, V)
#define TILES_TO_12(F, V) TILES_TO_6(F, V) F(7, V) F(8, V) F(9, V) F(10, V) F(11, V) F(12, V)
#define TILES_TO_14(F, V) TILES_TO_12(F, V) F(13, V) F(14, V)
#define TILES_TO_16(F, V) TILES_TO_14(F, V) F(15, V) F(16, V)
#define NAMES_TO_6(f, V) f##_1_##V, f##_2_##V, f##_3_##V, f##_4_##V, f##_5_##V, f##_6_##V
#define NAMES_TO_12(f, V) \
  NAMES_TO_6(f, V), f##_7_##V, f##_8_##V, f##_9_##V, f##_10_##V, f##_11_##V, f##_12_##V
#define NAMES_TO_14(f, V) NAMES_TO_12(f, V), f##_13_##V, f##_14_##V
#define NAMES_TO_16(f, V) NAMES_TO_14(f, V), f##_15_##V, f##_16_##V

#if ROWS_1 == 16 && ROWS_2 == 14
#define FOR_EACH_TILE(F) TILES_TO_16(F, 1) TILES_TO_14(F, 2)
#define TILE_NAMES_1(f) NAMES_TO_16(f, 1)
#define TILE_NAMES_2(f) NAMES_TO_14(f, 2)
#elif ROWS_1 == 12 && ROWS_2 == 6
#define FOR_EACH_TILE(F) TILES_TO_12(F, 1) TILES_TO_6(F, 2)
#define TILE_NAMES_1(f) NAMES_TO_12(f, 1)
#define TILE_NAMES_2(f) NAMES_TO_6(f, 2)
#else
#error "no tiles are named for this register file"
#endif

#endif
