/* batchnorm_pass.c: see the header. */
#include "batchnorm_pass.h"

#include "../core/group.h"

#include <string.h>

enum { BLOCK = 64 };

/* Lanes until a block starts at the first channel again. */
static size_t period_of(size_t channels) {
  size_t period = BLOCK;
  for (size_t divisor = channels; divisor % 2 == 0 && period > 1; divisor /= 2) period /= 2;
  return period * channels;
}

int32_t eoq_norm_pass_init(eoq_norm_pass *pass, int32_t pixels, int32_t c, int32_t kinds) {
  int32_t status = eoq_int8_count("pixels", pixels);
  if (status < 0 || (status = eoq_within("c", c, 1, EOQ_NORM_MOST_CHANNELS)) < 0) return status;
  const int64_t whole = eoq_group_whole(pixels);
  if (whole > INT32_MAX) return eoq_fail(EOQ_ERROR_ARGUMENT, "pixels: %lld are too many", (long long)whole);
  const size_t channels = (size_t)c, period = period_of(channels), sums = 2 * channels * sizeof(int64_t);
  if ((status = eoq_scratch_reserve(sums)) < 0) return status;
  if ((status = eoq_shared_reserve(sums + (size_t)kinds * period * sizeof(int32_t))) < 0) return status;
  *pass = (eoq_norm_pass){
    .kernels = &eoq_int8_selected()->elementwise->batchnorm,
    .lanes = { .lanes = (int32_t *)((int64_t *)eoq_shared() + 2 * channels), .period = period, .channels = channels },
    .sums = eoq_shared(),
    .pixels = (size_t)pixels,
    .count = (size_t)pixels * channels,
    .whole = (int32_t)whole,
  };
  return EOQ_OK;
}

static size_t pixels_an_item(const eoq_norm_pass *pass) {
  const size_t pixels = eoq_range(pass->count) / pass->lanes.channels;
  return pixels > 0 ? pixels : 1;
}

static void sum_pixels(void *argument, int32_t item, int32_t thread) {
  const eoq_norm_pass *pass = argument;
  const size_t most = pixels_an_item(pass), from = (size_t)item * most, left = pass->pixels - from;
  int64_t *sums = eoq_scratch(thread);
  pass->add(pass, from, left < most ? left : most, sums, sums + pass->lanes.channels);
}

int32_t eoq_norm_pass_sums(eoq_norm_pass *pass, eoq_norm_add *add, const void *context) {
  const size_t channels = pass->lanes.channels, most = pixels_an_item(pass);
  pass->add = add;
  pass->context = context;
  for (int32_t t = 0; t < eoq_threads(); t++) memset(eoq_scratch(t), 0, 2 * channels * sizeof(int64_t));
  eoq_parallel(sum_pixels, pass, (int32_t)((pass->pixels + most - 1) / most));
  memset(pass->sums, 0, 2 * channels * sizeof(int64_t));
  for (int32_t t = 0; t < eoq_threads(); t++) {
    const int64_t *own = eoq_scratch(t);
    for (size_t i = 0; i < 2 * channels; i++) pass->sums[i] += own[i];
  }
  return eoq_group_sums(pass->sums, 2 * channels, EOQ_INT64);
}

void eoq_norm_pass_repeat(const eoq_norm_pass *pass, int32_t kinds) {
  const size_t channels = pass->lanes.channels, period = pass->lanes.period;
  for (int32_t kind = 0; kind < kinds; kind++) {
    int32_t *lanes = pass->lanes.lanes + (size_t)kind * period;
    for (size_t i = channels; i < period; i += channels) memcpy(lanes + i, lanes, channels * sizeof *lanes);
  }
}
