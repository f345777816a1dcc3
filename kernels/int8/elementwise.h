/* elementwise.h: the elementwise kernels, written once in plain C that gcc
 * vectorises, compiled for each path as kernel. Each works on one range
 * of one thread; a mask's first bit is its range's, so ranges start at
 * multiples of 64. */
#include "bits.h"
#include "kernels.h"
#include "number.h"
#include "tally.h"

enum { BLOCK = 64 };

static inline size_t block_length(size_t count, size_t from) {
  return count - from < BLOCK ? count - from : BLOCK;
}

#if !defined(EOQ_STREAMS_512)
/* One block; with `length` the constant BLOCK the loops vectorise whole. */
static inline __attribute__((always_inline)) void activate_block(const int32_t *x, size_t length, int32_t bias,
                                                                 int32_t shift, int8_t *y, uint64_t *mask) {
  uint8_t positive[BLOCK] = { 0 };
  for (size_t i = 0; i < length; i++) {
    int32_t v = x[i] > 0 ? x[i] : 0;
    y[i] = (int8_t)eoq_clip127(eoq_round_shift(v + bias, shift));
    EOQ_TALLY(EOQ_OP_COMPARE, 1);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
    EOQ_TALLY_QUANTIZE(1);
  }
  if (mask == NULL) return;
  for (size_t i = 0; i < length; i++) positive[i] = x[i] > 0;
  EOQ_TALLY(EOQ_OP_COMPARE, length);
  *mask = eoq_bits_pack(positive);
}

static void activate(const int32_t *x, size_t count, int32_t bias, int32_t shift, int8_t *y, uint64_t *mask) {
  for (size_t i = 0; i < count; i += BLOCK) {
    uint64_t *word = mask == NULL ? NULL : mask + i / BLOCK;
    if (count - i >= BLOCK) activate_block(x + i, BLOCK, bias, shift, y + i, word);
    else activate_block(x + i, count - i, bias, shift, y + i, word);
  }
}

static void quantize(const int32_t *x, size_t count, int32_t shift, int8_t *y) {
  for (size_t i = 0; i < count; i++) {
    y[i] = (int8_t)eoq_clip127(eoq_round_shift(x[i], shift));
    EOQ_TALLY_QUANTIZE(1);
  }
}
#endif

static void scale(const int8_t *x, size_t count, int32_t factor, int32_t summand, int32_t shift, int8_t *y) {
  for (size_t i = 0; i < count; i++) {
    y[i] = (int8_t)eoq_clip127(eoq_round_shift(x[i] * factor + summand, shift));
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
    EOQ_TALLY_QUANTIZE(1);
  }
}

static void round_randomly(const int32_t *v, size_t from, size_t count, eoq_random_key key, int32_t shift, int8_t *y) {
  for (size_t i = 0; i < count; i++) {
    y[i] = (int8_t)eoq_clip127(eoq_round_random(v[i], shift, eoq_random(key, (uint32_t)(from + i))));
    EOQ_TALLY(EOQ_OP_RANDOM, 1);
    EOQ_TALLY_ROUND_RANDOM(1);
    EOQ_TALLY_CLIP(1);
  }
}

static int32_t residual_maximum(const int8_t *z, const int8_t *shortcut, size_t count, eoq_residual r) {
  int32_t maximum = 0;
  for (size_t i = 0; i < count; i++) {
    int32_t v = z[i] * r.z_factor + shortcut[i] * r.shortcut_factor + r.summand;
    maximum = v > maximum ? v : maximum;
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 2);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
    EOQ_TALLY(EOQ_OP_COMPARE, 1);
  }
  return maximum;
}

#if !defined(EOQ_STREAMS_512)
static inline __attribute__((always_inline)) int32_t residual_block(const int8_t *z, const int8_t *shortcut,
                                                                    size_t length, eoq_residual r, int32_t shift,
                                                                    int8_t *y, uint64_t *mask) {
  uint8_t positive[BLOCK] = { 0 };
  int32_t maximum = 0;
  for (size_t i = 0; i < length; i++) {
    int32_t v = z[i] * r.z_factor + shortcut[i] * r.shortcut_factor + r.summand;
    positive[i] = v > 0;
    v = v > 0 ? v : 0;
    maximum = v > maximum ? v : maximum;
    y[i] = (int8_t)eoq_clip127(eoq_round_shift(v, shift));
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 2);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
    EOQ_TALLY(EOQ_OP_COMPARE, 3);
    EOQ_TALLY_QUANTIZE(1);
  }
  if (mask != NULL) *mask = eoq_bits_pack(positive);
  return maximum;
}

static int32_t residual(const int8_t *z, const int8_t *shortcut, size_t count, eoq_residual r, int32_t shift,
                        int8_t *y, uint64_t *mask) {
  int32_t maximum = 0;
  for (size_t i = 0; i < count; i += BLOCK) {
    uint64_t *word = mask == NULL ? NULL : mask + i / BLOCK;
    const int32_t most = count - i >= BLOCK
                           ? residual_block(z + i, shortcut + i, BLOCK, r, shift, y + i, word)
                           : residual_block(z + i, shortcut + i, count - i, r, shift, y + i, word);
    maximum = most > maximum ? most : maximum;
  }
  return maximum;
}
#endif

static void dot(const int8_t *a, const int8_t *b, size_t count, int64_t *product, int64_t *sum) {
  for (size_t i = 0; i < count; i += BLOCK * BLOCK) {
    const size_t end = count - i < BLOCK * BLOCK ? count : i + BLOCK * BLOCK;
    int32_t products = 0, sums = 0; /* 4096 * 127 * 127 < 2^31 */
    for (size_t j = i; j < end; j++) {
      products += a[j] * b[j];
      sums += a[j];
      EOQ_TALLY(EOQ_OP_INT8_MULTIPLY, 1);
      EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
    }
    *product += products;
    *sum += sums;
  }
}

#if !defined(EOQ_STREAMS_512)
static inline __attribute__((always_inline)) void error_block(const int32_t *x, size_t length, const int8_t *keep,
                                                              eoq_error_statistics *s) {
  int32_t low = 0, high = 0;
  int64_t sum = 0, masked = 0;
  for (size_t i = 0; i < length; i++) {
    int32_t v = x[i] & keep[i];
    low = v < low ? v : low;
    high = v > high ? v : high;
    sum += x[i];
    masked += v;
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
    EOQ_TALLY(EOQ_OP_INT64_ADD, 2);
  }
  s->minimum = low < s->minimum ? low : s->minimum;
  s->maximum = high > s->maximum ? high : s->maximum;
  s->sum += sum;
  s->masked_sum += masked;
}

static void error_statistics(const int32_t *x, const uint64_t *mask, size_t count, eoq_error_statistics *s) {
  int8_t keep[BLOCK];
  for (size_t i = 0; i < count; i += BLOCK) {
    eoq_bits_spread(mask[i / BLOCK], keep);
    if (count - i >= BLOCK) error_block(x + i, BLOCK, keep, s);
    else error_block(x + i, count - i, keep, s);
  }
}

static void error_quantize(const int32_t *x, const uint64_t *mask, size_t count, int32_t shift, int8_t *y) {
  int8_t keep[BLOCK], all[BLOCK];
  for (size_t i = 0; i < count; i += BLOCK) {
    const size_t length = block_length(count, i);
    eoq_bits_spread(mask[i / BLOCK], keep);
    if (length == BLOCK) {
      for (size_t j = 0; j < BLOCK; j++) y[i + j] = (int8_t)eoq_clip127(eoq_round_shift(x[i + j], shift)) & keep[j];
      EOQ_TALLY_QUANTIZE(BLOCK);
    } else {
      quantize(x + i, length, shift, all);
      for (size_t j = 0; j < length; j++) y[i + j] = all[j] & keep[j];
    }
  }
}
#endif

static void join(int32_t *x, const int8_t *other, size_t count, eoq_join join) {
  const int32_t half = (1 << join.right) >> 1;
  for (size_t i = 0; i < count; i++) {
    int32_t v = ((int32_t)((uint32_t)x[i] << join.left) + half) >> join.right;
    x[i] = v + other[i] * join.factor;
  }
}

static int64_t sum(const int32_t *x, size_t count) {
  int64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    sum += x[i];
    EOQ_TALLY(EOQ_OP_INT64_ADD, 1);
  }
  return sum;
}
