/* Gradients in points (conv/points_weights_tasks.inc) with vectors of the compiler's own, against their definition:
 * odd sizes, chunks, threads, extremes; and that with more products a group than are exact they are wrong, which also
 * shows that they are what ran. Prints what differs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conv/weights_plan.c"

typedef int32_t four __attribute__((vector_size(16)));
typedef int16_t eight __attribute__((vector_size(16)));

#define SOURCE int8_t
#define PACKED int16_t
#define SUM int32_t
#define VECTOR four
#define LANES 4
#define GROUP 2
#define OFFSET 0
#define ELEMENTS_1 12
#define ELEMENTS_2 6
#define POINT eight
#define POINT_ELEMENT int16_t
#define POINT_GROUP 2
#define POINT_COUNT 1
#define MOST_PRODUCTS most_products
#define TRANSFORM_DOTS 0
#define RECOVERY_DOTS 0

enum { EXACT = 2047 };
static int32_t most_products = EXACT;

static four load_vector(const void *from) {
  four v;
  memcpy(&v, from, sizeof v);
  return v;
}

static void store_vector(void *to, four v) {
  memcpy(to, &v, sizeof v);
}

static eight load_point(const void *from) {
  return (eight)load_vector(from);
}

static void store_point(void *to, eight v) {
  memcpy(to, &v, sizeof v);
}

static four repeat(int32_t x) {
  return (four){ x, x, x, x };
}

static four broadcast(const void *from) {
  int32_t two;
  memcpy(&two, from, sizeof two);
  return repeat(two);
}

/* Sums wrap, as an instruction's do. */
static four dot(four sums, four a, four b) {
  const eight x = (eight)a, y = (eight)b;
  for (int i = 0; i < LANES; i++) {
    const int64_t products = (int64_t)x[2 * i] * y[2 * i] + (int64_t)x[2 * i + 1] * y[2 * i + 1];
    sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)products);
  }
  return sums;
}

static eight load_strips(const int8_t *const rows[2], size_t at) {
  eight v;
  for (int i = 0; i < 2 * LANES; i++) v[i] = rows[i % 2][at + i / 2];
  return v;
}

static void interleave(int16_t *to, const int8_t *const from[2], size_t count, int vector) {
  (void)vector;
  for (size_t i = 0; i < 2 * count; i++) to[i] = from[i % 2][i / 2];
}

static four wrapped(four a, int32_t n, four b) {
  for (int i = 0; i < LANES; i++) a[i] = (int32_t)((uint32_t)a[i] + (uint32_t)n * (uint32_t)b[i]);
  return a;
}

static four gradient_of_points(four x) {
  const four wide = wrapped(repeat(0), 954437177, x);
  return wide >> 6;
}

#define dot_points dot
#define broadcast_points broadcast
#define point_add(a, b) ((a) + (b))
#define point_subtract(a, b) ((a) - (b))
#define point_times(n, x) ((x) * (int16_t)(n))
#define point_plus(a, n, x) ((a) + (x) * (int16_t)(n))
#define vector_add(a, b) wrapped(a, 1, b)
#define vector_subtract(a, b) wrapped(a, -1, b)
#define vector_times(n, x) wrapped(repeat(0), n, x)
#define vector_plus(a, n, x) wrapped(a, n, x)

#include "conv/weights_tasks.inc"

/* Kinds of operands: random ones, and those whose products are as large as may be. */
static int8_t value(int kind, int32_t i) {
  if (kind == 0) return (int8_t)(rand() % 255 - 127);
  return kind == 1 ? 127 : kind == 2 ? -128 : (int8_t)(i % 2 == 0 ? 127 : -127);
}

static int32_t definition(const eoq_conv_shape *s, const int8_t *x, const int8_t *dy, int32_t k, int32_t tap,
                          int32_t c) {
  int32_t sum = 0;
  for (int32_t i = 0; i < s->n * s->h * s->w; i++) {
    const int32_t image = i / (s->h * s->w), row = i / s->w % s->h + tap / 3 - 1, column = i % s->w + tap % 3 - 1;
    if (row < 0 || row >= s->h || column < 0 || column >= s->w) continue;
    sum += dy[(size_t)i * s->k + k] * x[(((size_t)image * s->h + row) * s->w + column) * s->c + c];
  }
  return sum;
}

/* How many gradients are wrong; -1 where there is no memory. */
static int32_t wrong(eoq_conv_shape s, int kind, int32_t chunks) {
  s.kernel = 3, s.stride = s.pad = 1, s.oh = s.h, s.ow = s.w;
  const size_t inputs = eoq_conv_inputs(&s), outputs = eoq_conv_outputs(&s), weights = eoq_conv_weights(&s);
  int8_t *x = malloc(inputs), *dy = malloc(outputs);
  int32_t *target = malloc(weights * sizeof *target), *sums, count = 0;
  for (size_t i = 0; i < inputs; i++) x[i] = value(kind, (int32_t)i);
  for (size_t i = 0; i < outputs; i++) dy[i] = value(kind, (int32_t)i);
  eoq_weights_sums layout;
  if (run_weights(&s, x, dy, chunks, target, &layout, &sums) < 0) return -1;
  for (int32_t i = 0; i < s.k * 9 * s.c; i++) {
    const int32_t k = i / (9 * s.c), tap = i / s.c % 9, c = i % s.c;
    const int32_t *from = sums + k * layout.channel + tap * layout.tap + c * layout.input;
    uint32_t sum = 0;
    for (int32_t p = 0; p < chunks; p++) sum += (uint32_t)from[p * layout.count];
    count += (int32_t)sum != definition(&s, x, dy, k, tap, c);
  }
  free(x), free(dy), free(target);
  return count;
}

int main(void) {
  const eoq_conv_shape shapes[] = {
    { .n = 1, .h = 4, .w = 4, .c = 4, .k = 4 },    { .n = 2, .h = 3, .w = 7, .c = 8, .k = 8 },
    { .n = 40, .h = 8, .w = 8, .c = 8, .k = 12 },  { .n = 9, .h = 9, .w = 6, .c = 12, .k = 4 },
    { .n = 3, .h = 28, .w = 28, .c = 4, .k = 20 }, { .n = 1, .h = 45, .w = 45, .c = 8, .k = 4 },
    { .n = 7, .h = 5, .w = 13, .c = 4, .k = 8 },   { .n = 2, .h = 23, .w = 89, .c = 4, .k = 4 },
  };
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    for (int32_t run = 0; run < 16; run++) {
      const int kind = run % 4, chunks = run / 4 % 2 == 0 || shapes[i].n < 2 ? 1 : 2;
      eoq_threads_set(1 + run / 8);
      const int32_t count = wrong(shapes[i], kind, chunks);
      if (count != 0) printf("shape %zu, kind %d, %d chunks: %d wrong\n", i, kind, chunks, count);
    }
  }
  most_products = INT32_MAX;
  const int32_t beyond = wrong(shapes[2], 1, 1), within = wrong(shapes[5], 1, 1);
  if (beyond == 0) puts("2560 products a group are exact: none is in points");
  if (within != 0) puts("2025 products a group are not exact");
  return 0;
}
