/* tile_sizes.h: names the micro-kernels of every tile width, so that a tile's
 * size is a constant in its code. The including file has defined MOST_1 and
 * MOST_2, the most pixels that a tile holds with one and two vectors a pixel:
 * 16 and 8 with 32 registers, 8 and 4 with 16. */
#ifndef EOQ_TILE_SIZES_H
#define EOQ_TILE_SIZES_H

#define SIZES_4(F, A, V) F(A, 1, V) F(A, 2, V) F(A, 3, V) F(A, 4, V)
#define SIZES_8(F, A, V) SIZES_4(F, A, V) F(A, 5, V) F(A, 6, V) F(A, 7, V) F(A, 8, V)
#define SIZES_16(F, A, V) \
  SIZES_8(F, A, V) F(A, 9, V) F(A, 10, V) F(A, 11, V) F(A, 12, V) F(A, 13, V) F(A, 14, V) F(A, 15, V) F(A, 16, V)

#if MOST_1 == 16 && MOST_2 == 8
#define SIZES_1 SIZES_16
#define SIZES_2 SIZES_8
#elif MOST_1 == 8 && MOST_2 == 4
#define SIZES_1 SIZES_8
#define SIZES_2 SIZES_4
#else
#error "no tiles are named for this register file"
#endif

#endif
