/* batchnorm_channel.c: the statistics of one channel; see the header. */
#include "batchnorm_channel.h"

#include "number.h"
#include "tally.h"

/* 2^-17 is the power of two next to the usual 1e-5. */
enum { EPSILON_EXPONENT = -17, MEAN_FRACTION = 16, RUNNING_SHIFT = 3, MOST_MOMENT_BITS = 62 };
#define MOST_MEAN (((int64_t)1 << 46) - 1) /* 2^30 steps */

static eoq_norm_number normalized(uint64_t mantissa, int32_t exponent) {
  const int32_t drop = eoq_bits(mantissa) - 32;
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  return (eoq_norm_number){
    .mantissa = drop > 0 ? mantissa >> drop : mantissa << -drop,
    .exponent = exponent + drop,
  };
}

/* floor(sqrt(x)), a bit at a time. */
static uint64_t square_root(uint64_t x) {
  uint64_t root = 0;
  for (uint64_t bit = (uint64_t)1 << 62; bit != 0; bit >>= 2) {
    EOQ_TALLY(EOQ_OP_COMPARE, 1);
    EOQ_TALLY(EOQ_OP_INT64_ADD, 3);
    EOQ_TALLY(EOQ_OP_SHIFT, 1);
    if (x >= root + bit) {
      x -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  return root;
}

static int32_t bits128(unsigned __int128 x) {
  const uint64_t high = (uint64_t)(x >> 64);
  return high != 0 ? 64 + eoq_bits(high) : eoq_bits((uint64_t)x);
}

int32_t eoq_norm_moment_shift(uint64_t magnitude, int32_t pixels) {
  const int32_t over = 2 * eoq_bits(magnitude) + eoq_bits((uint64_t)pixels) - MOST_MOMENT_BITS;
  return over > 0 ? (over + 1) / 2 : 0;
}

int64_t eoq_norm_mean(int64_t sum, int32_t pixels) {
  int64_t whole = sum / pixels, rest = sum % pixels;
  EOQ_TALLY(EOQ_OP_INT_DIVIDE, 2);
  EOQ_TALLY(EOQ_OP_COMPARE, 1);
  EOQ_TALLY(EOQ_OP_INT64_ADD, 3);
  EOQ_TALLY(EOQ_OP_SHIFT, 2);
  if (rest < 0) {
    whole--;
    rest += pixels;
  }
  return whole * (1 << MEAN_FRACTION) + (rest << MEAN_FRACTION) / pixels;
}

eoq_norm_channel eoq_norm_of_moments(int64_t sum, int64_t square, int32_t shift, int32_t pixels, int32_t exponent) {
  /* (pixels * std)^2 in steps of 2^(2 * shift). */
  unsigned __int128 scaled = (unsigned __int128)pixels * (uint64_t)square - (unsigned __int128)((__int128)sum * sum);
  const int32_t epsilon = EPSILON_EXPONENT - 2 * (exponent + shift);
  const unsigned __int128 pixels2 = (unsigned __int128)pixels * (uint64_t)pixels;
  scaled += epsilon >= 0 ? pixels2 << (epsilon < 62 ? epsilon : 62) : pixels2 >> (epsilon > -127 ? -epsilon : 127);
  if (scaled == 0) scaled = 1;
  const int32_t over = bits128(scaled) - 62, even = over + (over & 1);
  const uint64_t root = square_root((uint64_t)(even > 0 ? scaled >> even : scaled << -even));
  const eoq_norm_number count = normalized((uint64_t)pixels, 0);
  EOQ_TALLY(EOQ_OP_INT64_MULTIPLY, 3); /* also where a result has 128 bits */
  EOQ_TALLY(EOQ_OP_INT64_ADD, 2);
  EOQ_TALLY(EOQ_OP_SHIFT, 3);
  EOQ_TALLY(EOQ_OP_COMPARE, 1);
  EOQ_TALLY(EOQ_OP_INT_DIVIDE, 1);
  EOQ_TALLY_SCALE_BY_POWER(1);
  EOQ_TALLY_CLIP(1);
  return (eoq_norm_channel){
    .mean = eoq_clamp64(eoq_scale_by_power(eoq_norm_mean(sum, pixels), shift, MOST_MEAN), MOST_MEAN),
    .std = normalized((root << 32) / count.mantissa, even / 2 - 32 - count.exponent + shift),
  };
}

eoq_norm_channel eoq_norm_of_running(int32_t mean, int32_t std, int32_t exponent) {
  const int32_t shift = EOQ_NORM_RUNNING_EXPONENT - exponent;
  EOQ_TALLY_SCALE_BY_POWER(1);
  EOQ_TALLY(EOQ_OP_COMPARE, 1);
  return (eoq_norm_channel){
    .mean = eoq_scale_by_power(mean, shift + MEAN_FRACTION, MOST_MEAN),
    .std = normalized(std > 0 ? (uint64_t)std : 1, shift),
  };
}

static void run(int32_t *running, int64_t target) {
  *running = (int32_t)eoq_clamp64(*running + eoq_round_shift64(target - *running, RUNNING_SHIFT), INT32_MAX);
  EOQ_TALLY_SCALE_BY_POWER(1); /* of the target */
  EOQ_TALLY_ROUND_SHIFT64(1);
  EOQ_TALLY(EOQ_OP_INT64_ADD, 2);
  EOQ_TALLY_CLIP(1);
}

void eoq_norm_run(int32_t *mean, int32_t *std, eoq_norm_channel batch, int32_t exponent) {
  const int32_t shift = exponent - EOQ_NORM_RUNNING_EXPONENT;
  run(mean, eoq_scale_by_power(batch.mean, shift - MEAN_FRACTION, INT32_MAX));
  run(std, eoq_scale_by_power((int64_t)batch.std.mantissa, batch.std.exponent + shift, INT32_MAX));
}

static eoq_norm_number inverse_of(eoq_norm_number x) {
  return (eoq_norm_number){ .mantissa = ((uint64_t)1 << 63) / x.mantissa, .exponent = -63 - x.exponent };
}

/* xhat in its steps is t * factor / 2^15 with |t * factor| <= 2^30, which is
 * |xhat| <= 16. Where a standard deviation has more than 11 bits they leave
 * before the product; what the shift drops is a half on average. */
enum { PRODUCT_BITS = 30, FACTOR_BITS = 16, MOST_SHIFT = 31 };

eoq_norm_number eoq_norm_set_forward(const eoq_norm_lanes *lanes, size_t lane, eoq_norm_channel channel, int8_t gamma,
                                     int8_t beta) {
  const eoq_norm_number inverse = inverse_of(channel.std);
  const int32_t exponent = inverse.exponent + EOQ_NORM_FACTOR_FRACTION - EOQ_NORM_XHAT_EXPONENT;
  const int32_t drop = FACTOR_BITS - 32 - exponent;
  const int32_t shift = drop < 0 ? 0 : drop > MOST_SHIFT ? MOST_SHIFT : drop;
  const int32_t factor =
    (int32_t)eoq_scale_by_power((int64_t)inverse.mantissa, exponent + shift, (int64_t)1 << PRODUCT_BITS);
  const int64_t fraction = channel.mean & ((1 << MEAN_FRACTION) - 1);
  const int64_t dropped = shift > 0 ? factor / 2 : 0;
  int32_t *at = lanes->lanes + lane;
  const size_t period = lanes->period;
  at[EOQ_NORM_MEAN * period] = (int32_t)(channel.mean >> MEAN_FRACTION);
  at[EOQ_NORM_SHIFT * period] = shift;
  at[EOQ_NORM_LIMIT * period] = (1 << PRODUCT_BITS) / (factor > 0 ? factor : 1);
  at[EOQ_NORM_FACTOR * period] = factor;
  at[EOQ_NORM_OFFSET * period] =
    (int32_t)((1 << (EOQ_NORM_FACTOR_FRACTION - 1)) + dropped - (fraction * factor >> (MEAN_FRACTION + shift)));
  at[EOQ_NORM_GAMMA * period] = gamma;
  at[EOQ_NORM_BETA * period] = beta * (1 << -EOQ_NORM_XHAT_EXPONENT);
  EOQ_TALLY(EOQ_OP_INT_DIVIDE, 2); /* the inverse and the limit */
  EOQ_TALLY_SCALE_BY_POWER(1);
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
  EOQ_TALLY(EOQ_OP_INT64_ADD, 2);
  EOQ_TALLY(EOQ_OP_SHIFT, 4);
  EOQ_TALLY(EOQ_OP_COMPARE, 1);
  return inverse;
}
