/* loss.c: softmax cross-entropy and its gradient, in double precision inside:
 * a batch has few logits, and the loss is what people compare. */
#include "../core/group.h"
#include "../core/targets.h"
#include "kernels.h"

#include <math.h>

typedef struct {
  double loss;
  int32_t correct;
} image_loss;

/* What an image is compared with: `share` of the target is the class `own`, the
 * rest `other`, of which `smoothing` is spread over all classes (Szegedy et al.,
 * arXiv 1512.00567, section 7); multiples of 1/256, so they are exact. */
typedef struct {
  int32_t own, other;
  double share, smoothing;
} image_target;

/* `of` the own class and the other one, or of all, by their shares of the smoothed target. */
static double smoothed(double unsmoothed, double all, double smoothing, int32_t classes) {
  EOQ_FP32_TALLY(2, 2, 0);
  EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 1);
  return (1 - smoothing) * unsmoothed + smoothing * all / classes;
}

/* The gradient may be NULL. */
static image_loss one_image(const float *logits, image_target to, int64_t n, int32_t classes, float *gradient) {
  const double share = to.share;
  int32_t best = 0;
  for (int32_t i = 1; i < classes; i++) {
    if (logits[i] > logits[best]) best = i;
    EOQ_FP32_TALLY(0, 0, 1);
  }
  double largest = logits[best], sum = 0, all = 0;
  for (int32_t i = 0; i < classes; i++) {
    sum += exp(logits[i] - largest);
    EOQ_FP32_TALLY(0, 2, 0);
    EOQ_TALLY(EOQ_OP_FP32_EXP, 1);
  }
  double log_sum = largest + log(sum), matched = share * logits[to.own] + (1 - share) * logits[to.other];
  if (to.smoothing > 0) {
    for (int32_t i = 0; i < classes; i++) all += logits[i];
    EOQ_FP32_TALLY(0, classes, 0);
    matched = smoothed(matched, all, to.smoothing, classes);
  }
  double loss = log_sum - matched;
  EOQ_FP32_TALLY(2, 4, 0);
  EOQ_TALLY(EOQ_OP_FP32_EXP, 1);
  for (int32_t i = 0; gradient != NULL && i < classes; i++) {
    double target = share * (i == to.own) + (1 - share) * (i == to.other);
    if (to.smoothing > 0) target = smoothed(target, 1, to.smoothing, classes);
    gradient[i] = (float)((exp(logits[i] - log_sum) - target) / n);
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
    EOQ_FP32_TALLY(2, 4, 0);
    EOQ_TALLY(EOQ_OP_FP32_EXP, 1);
    EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 1);
  }
  EOQ_TALLY(EOQ_OP_COMPARE, 1);
  return (image_loss){ loss, best == to.own };
}

int32_t eoq_fp32_softmax_cross_entropy(eoq_fp32_softmax_cross_entropy_call *call) {
  int32_t status;
  if ((status = eoq_fp32_at_least("n", call->n, 1)) < 0 ||
      (status = eoq_fp32_at_least("classes", call->classes, 1)) < 0) {
    return status;
  }
  size_t count = (size_t)call->n * call->classes;
  const float *l = eoq_fp32_data(call->logits, count, "logits");
  float *gradient = NULL;
  if (l == NULL || (call->dlogits != 0 && (gradient = eoq_fp32_data(call->dlogits, count, "dlogits")) == NULL)) {
    return EOQ_ERROR_TENSOR;
  }
  const eoq_tensor *sums = eoq_tensor_get(call->metrics, EOQ_FP64, 2, "metrics");
  if (sums == NULL) return EOQ_ERROR_TENSOR;
  eoq_targets targets;
  if ((status = eoq_targets_get(call->labels, call->partners, call->share, call->smoothing, call->n, call->classes,
                                &targets)) < 0)
    return status;
  EOQ_END_OF_CHECKS();
  const int64_t whole = eoq_group_whole(call->n);
  double loss = 0, correct = 0;
  for (int32_t i = 0; i < call->n; i++) {
    size_t first = (size_t)i * call->classes;
    image_target to = { targets.own[i], targets.other[i], (double)call->share / EOQ_WHOLE_SHARE,
                        (double)call->smoothing / EOQ_WHOLE_SHARE };
    image_loss image = one_image(l + first, to, whole, call->classes, gradient == NULL ? NULL : gradient + first);
    loss += image.loss;
    correct += image.correct;
    EOQ_FP32_TALLY(0, 2, 0);
    EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 1);
  }
  double *result = sums->data;
  result[0] = loss;
  result[1] = correct;
  return EOQ_OK;
}
