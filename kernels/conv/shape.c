/* shape.c: checks a convolution's geometry. */
#include "shape.h"

#include "../core/internal.h"

enum { MAX_KERNEL = 31 };

static int32_t fits(const char *name, int64_t a, int64_t b, int64_t c, int64_t d) {
  int64_t product = a;
  const int64_t factors[] = { b, c, d };
  for (int i = 0; i < 3; i++) {
    if (product > INT32_MAX / factors[i]) {
      return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %lldx%lldx%lldx%lld elements pass 2^31 - 1", name, (long long)a,
                      (long long)b, (long long)c, (long long)d);
    }
    product *= factors[i];
  }
  return EOQ_OK;
}

int32_t eoq_conv_shape_init(eoq_conv_shape *shape, int32_t n, int32_t h, int32_t w, int32_t c, int32_t k,
                            int32_t kernel, int32_t stride, int32_t pad) {
  int32_t status;
  const int32_t large = 1 << 20;
  if ((status = eoq_within("n", n, 1, large)) < 0 || (status = eoq_within("h", h, 1, large)) < 0 ||
      (status = eoq_within("w", w, 1, large)) < 0 || (status = eoq_within("c", c, 1, large)) < 0 ||
      (status = eoq_within("k", k, 1, large)) < 0 || (status = eoq_within("kernel", kernel, 1, MAX_KERNEL)) < 0 ||
      (status = eoq_within("stride", stride, 1, EOQ_MAX_STRIDE)) < 0 ||
      (status = eoq_within("pad", pad, 0, kernel - 1)) < 0) {
    return status;
  }
  if (h + 2 * pad < kernel || w + 2 * pad < kernel) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "kernel: %d does not fit a %dx%d image padded by %d", kernel, h, w, pad);
  }
  int32_t oh = (h + 2 * pad - kernel) / stride + 1;
  int32_t ow = (w + 2 * pad - kernel) / stride + 1;
  if ((status = fits("input", n, h, w, c)) < 0 || (status = fits("output", n, oh, ow, k)) < 0 ||
      (status = fits("weights", k, kernel, kernel, c)) < 0) {
    return status;
  }
  *shape = (eoq_conv_shape){ n, h, w, c, k, kernel, stride, pad, oh, ow };
  return EOQ_OK;
}
