/* partition.h: how a channels-last array is cut for vectors and threads.
 *
 * Several pixels side by side make a tile of `width` lanes, so that a layer of
 * few channels still fills vectors; a chunk is as many tiles as fit the cache.
 * Both follow from the shape alone, never from the threads, so sums come out
 * the same however many share the work.
 */
#ifndef EOQ_FP32_PARTITION_H
#define EOQ_FP32_PARTITION_H

#include <stddef.h>
#include <stdint.h>

enum { EOQ_FP32_TILE = 64, EOQ_FP32_CHUNK = 16384, EOQ_FP32_CHUNK_TILES = 64 };

typedef struct {
  size_t length; /* elements */
  size_t c;      /* channels */
  size_t width;  /* lanes of a tile, a multiple of c */
  size_t chunk;  /* elements of a chunk, a multiple of width; the last is shorter */
  int32_t chunks;
} eoq_fp32_partition;

static inline eoq_fp32_partition eoq_fp32_partition_of(size_t pixels, size_t c) {
  eoq_fp32_partition p = { .length = pixels * c, .c = c };
  p.width = c < EOQ_FP32_TILE ? EOQ_FP32_TILE / c * c : c;
  size_t tiles = EOQ_FP32_CHUNK / p.width;
  p.chunk = (tiles < EOQ_FP32_CHUNK_TILES ? EOQ_FP32_CHUNK_TILES : tiles) * p.width;
  p.chunks = (int32_t)((p.length + p.chunk - 1) / p.chunk);
  return p;
}

static inline size_t eoq_fp32_chunk_length(const eoq_fp32_partition *p, int32_t item) {
  size_t left = p->length - (size_t)item * p->chunk;
  return left < p->chunk ? left : p->chunk;
}

#endif
