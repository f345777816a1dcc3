/* loss.c: softmax cross-entropy and its gradient, in double precision inside:
 * a batch has few logits, and the loss is what people compare. */
#include "kernels.h"

#include <math.h>

typedef struct {
  double loss;
  int32_t correct;
} image_loss;

static image_loss one_image(const float *logits, int32_t label, int32_t n, int32_t classes, float *gradient) {
  int32_t best = 0;
  for (int32_t i = 1; i < classes; i++) {
    if (logits[i] > logits[best]) best = i;
  }
  double largest = logits[best], sum = 0;
  for (int32_t i = 0; i < classes; i++) sum += exp(logits[i] - largest);
  double log_sum = largest + log(sum), loss = log_sum - logits[label];
  for (int32_t i = 0; i < classes; i++) {
    gradient[i] = (float)((exp(logits[i] - log_sum) - (i == label)) / n);
  }
  return (image_loss){ loss, best == label };
}

int32_t eoq_fp32_softmax_cross_entropy(int32_t logits, int32_t labels, int32_t dlogits, int32_t metrics, int32_t n,
                                       int32_t classes) {
  int32_t status;
  if ((status = eoq_fp32_at_least("n", n, 1)) < 0 || (status = eoq_fp32_at_least("classes", classes, 1)) < 0) {
    return status;
  }
  size_t count = (size_t)n * classes;
  const float *l = eoq_fp32_data(logits, count, "logits");
  const eoq_tensor *targets = l ? eoq_tensor_get(labels, EOQ_INT16, n, "labels") : NULL;
  float *gradient = targets ? eoq_fp32_data(dlogits, count, "dlogits") : NULL;
  const eoq_tensor *sums = gradient ? eoq_tensor_get(metrics, EOQ_FP64, 2, "metrics") : NULL;
  if (sums == NULL) return EOQ_ERROR_TENSOR;
  const int16_t *label = targets->data;
  for (int32_t i = 0; i < n; i++) {
    if (label[i] < 0 || label[i] >= classes) {
      return eoq_fail(EOQ_ERROR_ARGUMENT, "labels: %d of image %d is not in 0..%d", label[i], i, classes - 1);
    }
  }
  double loss = 0, correct = 0;
  for (int32_t i = 0; i < n; i++) {
    image_loss image = one_image(l + (size_t)i * classes, label[i], n, classes, gradient + (size_t)i * classes);
    loss += image.loss;
    correct += image.correct;
  }
  double *result = sums->data;
  result[0] = loss;
  result[1] = correct;
  return EOQ_OK;
}
