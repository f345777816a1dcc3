/* pools.h: max pools and the average pool, forward and back. */
#ifndef EOQ_DEVICE_POOLS_H
#define EOQ_DEVICE_POOLS_H

#include "products.h"
#include "rounding.h"

/* y = the largest of each window of x, the first in rows of those that are equal;
 * y_mask the bit of x_mask that belongs to it, places its index in the window; all three may be NULL. */
static void eoq_max_pool(const eoq_shape *s, eoq_values x, const uint8_t *x_mask, eoq_values y, uint8_t *y_mask,
                         uint8_t *places) {
  int32_t at = 0;
  for (int32_t oy = 0; oy < s->out_height; oy++) {
    for (int32_t ox = 0; ox < s->out_width; ox++) {
      const int32_t top = oy * s->stride - s->padding, left = ox * s->stride - s->padding;
      int32_t y0, y1, x0, x1;
      eoq_taps(top, s->height, s->kernel, &y0, &y1);
      eoq_taps(left, s->width, s->kernel, &x0, &x1);
      for (int32_t c = 0; c < s->inputs; c++, at++) {
        int32_t best = INT8_MIN, place = 0, source = 0;
        for (int32_t ky = y0; ky < y1; ky++) {
          for (int32_t kx = x0; kx < x1; kx++) {
            const int32_t i = ((top + ky) * s->width + left + kx) * s->inputs + c;
            if (x.q[i] <= best) continue;
            best = x.q[i];
            place = ky * s->kernel + kx;
            source = i;
          }
        }
        y.q[at] = (int8_t)best;
        if (places == NULL) continue;
        places[at] = (uint8_t)place;
        uint8_t *bits = y_mask + (at >> 3);
        *bits = (uint8_t)(((at & 7) == 0 ? 0 : *bits) | eoq_bit(x_mask, source) << (at & 7));
      }
    }
  }
  *y.range = *x.range;
}

/* The sum of the errors that came from input element i, channel c of pixel (y, x). */
static int32_t eoq_max_pool_sum(const eoq_shape *s, const int8_t *dy, const uint8_t *places, int32_t y, int32_t x,
                                int32_t c) {
  int32_t sum = 0;
  for (int32_t ky = 0; ky < s->kernel; ky++) {
    const int32_t below = y + s->padding - ky;
    if (below < 0 || below % s->stride != 0 || below / s->stride >= s->out_height) continue;
    for (int32_t kx = 0; kx < s->kernel; kx++) {
      const int32_t right = x + s->padding - kx;
      if (right < 0 || right % s->stride != 0 || right / s->stride >= s->out_width) continue;
      const int32_t at = (below / s->stride * s->out_width + right / s->stride) * s->inputs + c;
      if (places[at] == ky * s->kernel + kx) sum += dy[at];
    }
  }
  return sum;
}

/* The same where windows do not overlap: each error goes to one element, and the others get none. */
static void eoq_max_pool_scatter(const eoq_step *at, const eoq_shape *s, eoq_values dy, const uint8_t *places,
                                 const eoq_quantizer *q, eoq_values dx) {
  const int32_t count = s->out_height * s->out_width * s->inputs;
  int32_t low = 0, high = 0;
  for (int32_t i = 0; i < count; i++) {
    low = dy.q[i] < low ? dy.q[i] : low;
    high = dy.q[i] > high ? dy.q[i] : high;
  }
  const eoq_rounding r = eoq_rounding_of(q, at, dy.range->exponent, eoq_magnitude(low, high));
  memset(dx.q, 0, (size_t)(s->height * s->width * s->inputs));
  int32_t from = 0;
  for (int32_t oy = 0; oy < s->out_height; oy++) {
    for (int32_t ox = 0; ox < s->out_width; ox++) {
      for (int32_t c = 0; c < s->inputs; c++, from++) {
        const int32_t place = places[from], row = place / s->kernel;
        const int32_t y = oy * s->stride - s->padding + row;
        const int32_t x = ox * s->stride - s->padding + place - row * s->kernel;
        const int32_t i = (y * s->width + x) * s->inputs + c;
        dx.q[i] = eoq_rounded(&r, dy.q[from], (uint32_t)i);
      }
    }
  }
  eoq_set_range(dx.range, dy.range->exponent, low, high, &r);
}

/* dx = quantize(the sums of dy over the windows that have each as their largest) */
static void eoq_max_pool_error(const eoq_step *at, const eoq_shape *s, eoq_values dy, const uint8_t *places,
                               const eoq_quantizer *q, eoq_values dx) {
  int32_t low = 0, high = 0;
  eoq_rounding r = { 0 };
  if (s->kernel <= s->stride) {
    eoq_max_pool_scatter(at, s, dy, places, q, dx);
    return;
  }
  for (int32_t pass = 0; pass < 2; pass++) {
    int32_t i = 0;
    for (int32_t y = 0; y < s->height; y++) {
      for (int32_t x = 0; x < s->width; x++) {
        for (int32_t c = 0; c < s->inputs; c++, i++) {
          const int32_t sum = eoq_max_pool_sum(s, dy.q, places, y, x, c);
          low = sum < low ? sum : low;
          high = sum > high ? sum : high;
          if (pass == 1) dx.q[i] = eoq_rounded(&r, sum, (uint32_t)i);
        }
      }
    }
    if (pass == 0) r = eoq_rounding_of(q, at, dy.range->exponent, eoq_magnitude(low, high));
  }
  eoq_set_range(dx.range, dy.range->exponent, low, high, &r);
}

enum { EOQ_POOL_EXPONENT = -22 };

static int32_t eoq_channel_sum(const int8_t *x, int32_t pixels, int32_t channels) {
  int32_t sum = 0;
  for (int32_t p = 0; p < pixels; p++) sum += x[p * channels];
  return sum;
}

/* y = quantize(mean of x over its pixels + bias); `reciprocal` is 2^22 / pixels. */
static void eoq_average_pool(const eoq_step *at, eoq_values x, int32_t pixels, int32_t channels, int32_t reciprocal,
                             const int16_t *scalars, int32_t bias, const eoq_quantizer *q, eoq_values y) {
  const int32_t exponent = x.range->exponent + EOQ_POOL_EXPONENT, summand = eoq_summand(scalars, bias, exponent);
  int32_t low = 0, high = 0;
  for (int32_t c = 0; c < channels; c++) {
    const int32_t sum = eoq_channel_sum(x.q + c, pixels, channels) * reciprocal + summand;
    low = sum < low ? sum : low;
    high = sum > high ? sum : high;
  }
  const eoq_rounding r = eoq_rounding_of(q, at, exponent, eoq_magnitude(low, high));
  for (int32_t c = 0; c < channels; c++) {
    const int32_t sum = eoq_channel_sum(x.q + c, pixels, channels) * reciprocal + summand;
    y.q[c] = eoq_rounded(&r, sum, (uint32_t)c);
  }
  eoq_set_range(y.range, exponent, low, high, &r);
}

/* Of a stochastically rounded error, what lies further below a step does not count. */
enum { EOQ_SPREAD_BITS = 20 };

/* One pixel's share of a channel's error. */
static int8_t eoq_spread(const eoq_rounding *r, int32_t sum, int32_t reciprocal, uint32_t element) {
  const int64_t product = (int64_t)sum * reciprocal;
  int64_t q;
  if (r->stochastic) {
    const int32_t dropped = r->shift > EOQ_SPREAD_BITS ? r->shift - EOQ_SPREAD_BITS : 0, shift = r->shift - dropped;
    const int32_t v = (int32_t)eoq_clamp64(product >> dropped, (int64_t)128 << shift);
    q = eoq_round_random(v, shift, eoq_random(r->key, element));
  } else {
    q = eoq_round_shift64(product, r->shift);
  }
  return (int8_t)eoq_clamp64(q, r->limit);
}

/* The error of the average pool's input, through the classifier that follows the
 * pool: dx = quantize(sums * reciprocal) at every pixel, where mask. */
static void eoq_average_pool_error(const eoq_step *at, const eoq_layer *classifier, eoq_values dy, const uint8_t *mask,
                                   int32_t pixels, int32_t reciprocal, eoq_gradients gradients, int32_t bias,
                                   const eoq_quantizer *q, eoq_values dx) {
  const int32_t channels = classifier->shape.inputs, inner = dy.range->exponent + classifier->exponent;
  const int32_t exponent = inner + EOQ_POOL_EXPONENT;
  int32_t low = 0, high = 0, sum;
  int64_t all = 0;
  for (int32_t c = 0; c < channels; c++) {
    eoq_error_sums(classifier, dy.q, 0, 0, c, 1, &sum);
    low = sum < low ? sum : low;
    high = sum > high ? sum : high;
    all += sum;
  }
  const uint64_t m = eoq_magnitude(low, high) * (uint64_t)reciprocal;
  const eoq_rounding r = eoq_rounding_by(q, at, eoq_shift_of(q, at, exponent, m, EOQ_MOST_WIDE_SHIFT));
  eoq_keep_measured(q, at, exponent, m);
  for (int32_t c = 0; c < channels; c++) {
    eoq_error_sums(classifier, dy.q, 0, 0, c, 1, &sum);
    for (int32_t p = 0, i = c; p < pixels; p++, i += channels) {
      dx.q[i] = eoq_bit(mask, i) ? eoq_spread(&r, sum, reciprocal, (uint32_t)i) : 0;
    }
  }
  *dx.range = (eoq_range){ (int16_t)(exponent + r.shift), (int8_t)-r.limit, (int8_t)r.limit };
  eoq_store(gradients, bias, all, inner);
}

#endif
