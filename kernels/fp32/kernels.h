/* kernels.h: the table of fp32 kernels, one a path, and the argument checks. */
#ifndef EOQ_FP32_KERNELS_H
#define EOQ_FP32_KERNELS_H

#include "../conv/shape.h"
#include "../core/internal.h"
#include "../core/peak.h"
#include "../conv/weights_plan.h"
#include "calls.h"
#include "tally.h"

/* Kernels over a chunk of one thread, written once in elementwise.inc and
 * compiled for each path. `length` elements are channels-last; per-channel
 * arguments repeat to `width` lanes (see partition.h). */
typedef struct {
  /* of each lane: a pivot (its first element), and the sums of x - pivot and of its square */
  void (*moments)(const float *x, size_t length, size_t width, float *pivot, float *sum, float *squares);
  /* y = x * scale + shift + residual, at least floor; residual may be NULL, and y may be x or residual */
  void (*normalize)(const float *x, const float *residual, const float *scale, const float *shift, float floor,
                    size_t length, size_t width, float *y);
  /* dy = dy + skip where y > 0, else 0; sum = sum of dy and product = sum of dy * (x - mean), of each lane; skip may
   * be NULL */
  void (*mask_and_sum)(float *dy, const float *skip, const float *y, const float *x, const float *mean, size_t length,
                       size_t width, float *sum, float *product);
  /* the same sums of dy where x * scale + shift > floor */
  void (*relu_and_sum)(const float *dy, const float *x, const float *mean, const float *scale, const float *shift,
                       float floor, size_t length, size_t width, float *sum, float *product);
  /* x = scale * dy + slope * x + offset, with dy as 0 where x * scale + shift <= floor unless shift is NULL */
  void (*input_gradient)(const float *dy, float *x, const float *scale, const float *shift, const float *slope,
                         const float *offset, float floor, size_t length, size_t width);
  /* y = relu(x * scale + before + residual) + behind; residual may be NULL, and y may be x or residual */
  void (*fixup_relu)(const float *x, const float *residual, float scale, float before, float behind, size_t length,
                     float *y);
  /* y = dy + skip where y > behind, else 0; errors = sum of dy and through = sum of the new y, of each lane; skip may
   * be NULL */
  void (*fixup_relu_gradient)(const float *dy, const float *skip, float *y, float behind, size_t length, size_t width,
                              float *errors, float *through);
  /* the same in dy instead of y; product = sum of the new dy * x, which becomes the new dy * scale */
  void (*fixup_residual_gradient)(float *dy, const float *skip, const float *y, float *x, float scale, float behind,
                                  size_t length, size_t width, float *errors, float *through, float *product);
  /* y = the larger of x and y, and places = tap where that is x; places may be NULL */
  void (*maximum)(const float *x, size_t length, uint8_t tap, float *y, uint8_t *places);
  /* y += x where places is tap */
  void (*add_from)(const float *x, const uint8_t *places, uint8_t tap, size_t length, float *y);
  /* sum of each lane */
  void (*sum)(const float *x, size_t length, size_t width, float *sum);
  /* y += x */
  void (*add)(const float *x, size_t length, float *y);
  void (*from_uint8)(const uint8_t *images, size_t length, int32_t offset, float *x);
  void (*sgd)(float *weights, float *velocity, const float *gradient, size_t length, float learning_rate,
              float momentum, float decay, int32_t nesterov);
  /* the same with gradient - its mean */
  void (*sgd_centered)(float *weights, float *velocity, const float *gradient, size_t length, float learning_rate,
                       float momentum, float decay, int32_t nesterov);
} eoq_fp32_elementwise;

/* Convolutions share themselves over the pool and overwrite their result:
 * x (n, h, w, c), w (k, kernel, kernel, c), y (n, oh, ow, k). */
typedef int32_t eoq_fp32_conv_forward_kernel(const eoq_conv_shape *s, const float *x, eoq_tensor *w, float *y);
typedef int32_t eoq_fp32_conv_backward_data_kernel(const eoq_conv_shape *s, const float *dy, eoq_tensor *w, float *dx);
typedef int32_t eoq_fp32_conv_backward_weights_kernel(const eoq_conv_shape *s, const float *x, const float *dy,
                                                      float *dw);

eoq_fp32_conv_forward_kernel eoq_fp32_conv_forward_reference;
eoq_fp32_conv_backward_data_kernel eoq_fp32_conv_backward_data_reference;
eoq_fp32_conv_backward_weights_kernel eoq_fp32_conv_backward_weights_reference;

/* dw = the sum of `chunks` partial sums, each laid out as `layout` says. */
void eoq_fp32_sum_partials(const eoq_conv_shape *shape, const float *partials, int32_t chunks,
                           const eoq_weights_sums *layout, float *dw);

/* What a path has. */
typedef struct {
  eoq_fp32_conv_forward_kernel *conv_forward;
  eoq_fp32_conv_backward_data_kernel *conv_backward_data;
  eoq_fp32_conv_backward_weights_kernel *conv_backward_weights;
  const eoq_fp32_elementwise *elementwise;
  eoq_peak_loop *peak_loop;
} eoq_fp32_kernels;

#define EOQ_FP32_TABLE(ID, symbol, name, CPUS, fp32) extern const eoq_fp32_kernels eoq_fp32_##fp32;
EOQ_EACH_PATH(EOQ_FP32_TABLE)

/* The kernels of the selected path. */
const eoq_fp32_kernels *eoq_fp32_selected(void);

/* The elements of an fp32 tensor that must hold `count`, or NULL after eoq_fail(). */
float *eoq_fp32_data(int32_t handle, size_t count, const char *what);

/* Fails, naming the argument, when `value` is below `low`. */
int32_t eoq_fp32_at_least(const char *name, int32_t value, int32_t low);

#endif
