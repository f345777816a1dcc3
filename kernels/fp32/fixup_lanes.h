/* fixup_lanes.h: the Fixup kernels of eoq_fp32_elementwise, for elementwise.h
 * to include behind batchnorm_lanes.h, whose steps of several tiles they take. */

/* Outputs may be inputs of the same index, as in normalize_step. */
static void fixup_relu(const float *x, const float *residual, float scale, float before, float behind, size_t length,
                       float *y) {
  if (residual == NULL) {
#pragma GCC ivdep
    for (size_t i = 0; i < length; i++) {
      y[i] = at_least(0, x[i] * scale + before) + behind;
      EOQ_FP32_TALLY(1, 2, 0);
    }
  } else {
#pragma GCC ivdep
    for (size_t i = 0; i < length; i++) {
      y[i] = at_least(0, x[i] * scale + before + residual[i]) + behind;
      EOQ_FP32_TALLY(1, 3, 0);
    }
  }
}

STEP fixup_relu_step(const int tiles, size_t at, size_t m, const float *restrict dy, const float *restrict skip,
                     float *restrict y, float behind, size_t width, float *restrict errors, float *restrict through) {
  for (size_t j = 0; j < m; j++) {
    float error = 0, passed = 0;
#pragma GCC unroll 4
    for (int t = 0; t < tiles; t++) {
      const size_t i = at + t * width + j;
      const float joined = skip == NULL ? dy[i] : dy[i] + skip[i];
      const float g = y[i] > behind ? joined : 0;
      y[i] = g;
      error += dy[i];
      passed += g;
      EOQ_FP32_TALLY(0, skip == NULL ? 2 : 3, 1);
    }
    errors[j] += error;
    through[j] += passed;
    EOQ_FP32_OVERHEAD(0, 2, 0);
  }
}

static void fixup_relu_gradient(const float *restrict dy, const float *restrict skip, float *restrict y, float behind,
                                size_t length, size_t width, float *restrict errors, float *restrict through) {
  memset(errors, 0, width * sizeof *errors);
  memset(through, 0, width * sizeof *through);
  if (skip == NULL) FOR_EACH_TILES(length, width, fixup_relu_step, dy, NULL, y, behind, width, errors, through);
  else FOR_EACH_TILES(length, width, fixup_relu_step, dy, skip, y, behind, width, errors, through);
}

STEP fixup_residual_step(const int tiles, size_t at, size_t m, float *restrict dy, const float *restrict skip,
                         const float *restrict y, float *restrict x, float scale, float behind, size_t width,
                         float *restrict errors, float *restrict through, float *restrict product) {
  for (size_t j = 0; j < m; j++) {
    float error = 0, passed = 0, products = 0;
#pragma GCC unroll 4
    for (int t = 0; t < tiles; t++) {
      const size_t i = at + t * width + j;
      const float joined = skip == NULL ? dy[i] : dy[i] + skip[i];
      const float g = y[i] > behind ? joined : 0;
      error += dy[i];
      passed += g;
      products += g * x[i];
      dy[i] = g;
      x[i] = g * scale;
      EOQ_FP32_TALLY(2, skip == NULL ? 3 : 4, 1);
    }
    errors[j] += error;
    through[j] += passed;
    product[j] += products;
    EOQ_FP32_OVERHEAD(0, 3, 0);
  }
}

static void fixup_residual_gradient(float *restrict dy, const float *restrict skip, const float *restrict y,
                                    float *restrict x, float scale, float behind, size_t length, size_t width,
                                    float *restrict errors, float *restrict through, float *restrict product) {
  memset(errors, 0, width * sizeof *errors);
  memset(through, 0, width * sizeof *through);
  memset(product, 0, width * sizeof *product);
  if (skip == NULL) {
    FOR_EACH_TILES(length, width, fixup_residual_step, dy, NULL, y, x, scale, behind, width, errors, through, product);
  } else {
    FOR_EACH_TILES(length, width, fixup_residual_step, dy, skip, y, x, scale, behind, width, errors, through, product);
  }
}
