/* bits.h: eight 0/1 bytes to eight bits and back, in one multiplication. */
#ifndef EOQ_INT8_BITS_H
#define EOQ_INT8_BITS_H

#include <stdint.h>
#include <string.h>

/* Word whose bit i is bytes[i], each 0 or 1. */
static inline uint64_t eoq_bits_pack(const uint8_t bytes[64]) {
  uint64_t word = 0;
  for (int i = 0; i < 8; i++) {
    uint64_t eight;
    memcpy(&eight, bytes + 8 * i, sizeof eight);
    word |= (eight * 0x0102040810204080u >> 56) << (8 * i);
  }
  return word;
}

/* bytes[i] = -1 where bit i is set, else 0. */
static inline void eoq_bits_spread(uint64_t word, int8_t bytes[64]) {
  for (int i = 0; i < 8; i++) {
    uint64_t eight = (word >> (8 * i) & 0xff) * 0x0101010101010101u & 0x8040201008040201u;
    eight = ((eight + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u) * 0xff;
    memcpy(bytes + 8 * i, &eight, sizeof eight);
  }
}

#endif
