/* targets.c: checks the classes that a loss compares with, before it reads logits by them. */
#include "targets.h"

static int32_t get_classes(int32_t handle, int32_t n, int32_t classes, const char *what, const int16_t **result) {
  const eoq_tensor *tensor = eoq_tensor_get(handle, EOQ_INT16, (size_t)n, what);
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  const int16_t *values = *result = tensor->data;
  EOQ_END_OF_CHECKS(); /* what it holds is known in a run alone */
  for (int32_t i = 0; i < n; i++) {
    if (values[i] < 0 || values[i] >= classes) {
      return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %d of image %d is not in 0..%d", what, values[i], i, classes - 1);
    }
  }
  return EOQ_OK;
}

static int32_t get_share(int32_t share, const char *what, int32_t *result) {
  *result = share;
  return eoq_within(what, share, 0, EOQ_WHOLE_SHARE);
}

int32_t eoq_targets_get(int32_t labels, int32_t partners, int32_t share, int32_t smoothing, int32_t n, int32_t classes,
                        eoq_targets *targets) {
  int32_t status = get_share(share, "share", &targets->share);
  if (status < 0 || (status = get_share(smoothing, "smoothing", &targets->smoothing)) < 0) return status;
  status = get_classes(labels, n, classes, "labels", &targets->own);
  targets->other = targets->own;
  return status < 0 || partners == 0 ? status : get_classes(partners, n, classes, "partners", &targets->other);
}
