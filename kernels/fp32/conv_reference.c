/* conv_reference.c: convolutions as their definition reads, the scalar path
 * and the measure of every other. Sums run in one fixed order. */
#include "kernels.h"

#include <string.h>

typedef struct {
  const eoq_conv_shape *s;
  const float *a, *b;
  float *result;
} job;

/* Input row or column that tap `t` reads for output `o`, or -1 in the padding. */
static inline int32_t source(int32_t o, int32_t t, const eoq_conv_shape *s, int32_t size) {
  int32_t i = o * s->stride + t - s->pad;
  return i >= 0 && i < size ? i : -1;
}

/* y[n][oy][ox][k] = sum over r, q, c of x[n][iy][ix][c] * w[k][r][q][c] */
static void forward_image(void *context, int32_t n, int32_t thread) {
  (void)thread;
  const job *j = context;
  const eoq_conv_shape *s = j->s;
  const float *x = j->a + (size_t)n * s->h * s->w * s->c, *w = j->b;
  float *y = j->result + (size_t)n * s->oh * s->ow * s->k;
  for (int32_t oy = 0; oy < s->oh; oy++) {
    for (int32_t ox = 0; ox < s->ow; ox++) {
      for (int32_t k = 0; k < s->k; k++) {
        float sum = 0;
        for (int32_t r = 0; r < s->kernel; r++) {
          for (int32_t q = 0; q < s->kernel; q++) {
            int32_t iy = source(oy, r, s, s->h), ix = source(ox, q, s, s->w);
            if (iy < 0 || ix < 0) continue;
            const float *pixel = x + ((size_t)iy * s->w + ix) * s->c;
            const float *tap = w + (((size_t)k * s->kernel + r) * s->kernel + q) * s->c;
            for (int32_t c = 0; c < s->c; c++) {
              sum += pixel[c] * tap[c];
              EOQ_FP32_TALLY(1, 1, 0);
            }
          }
        }
        *y++ = sum;
      }
    }
  }
}

/* dx[n][iy][ix][c] += dy[n][oy][ox][k] * w[k][r][q][c] wherever forward read that pixel */
static void backward_data_image(void *context, int32_t n, int32_t thread) {
  (void)thread;
  const job *j = context;
  const eoq_conv_shape *s = j->s;
  const float *dy = j->a + (size_t)n * s->oh * s->ow * s->k, *w = j->b;
  size_t inputs = (size_t)s->h * s->w * s->c;
  float *dx = j->result + (size_t)n * inputs;
  memset(dx, 0, inputs * sizeof *dx);
  for (int32_t oy = 0; oy < s->oh; oy++) {
    for (int32_t ox = 0; ox < s->ow; ox++) {
      for (int32_t k = 0; k < s->k; k++) {
        float error = *dy++;
        for (int32_t r = 0; r < s->kernel; r++) {
          for (int32_t q = 0; q < s->kernel; q++) {
            int32_t iy = source(oy, r, s, s->h), ix = source(ox, q, s, s->w);
            if (iy < 0 || ix < 0) continue;
            float *pixel = dx + ((size_t)iy * s->w + ix) * s->c;
            const float *tap = w + (((size_t)k * s->kernel + r) * s->kernel + q) * s->c;
            for (int32_t c = 0; c < s->c; c++) {
              pixel[c] += error * tap[c];
              EOQ_FP32_TALLY(1, 1, 0);
            }
          }
        }
      }
    }
  }
}

/* dw[k][r][q][c] = sum over n, oy, ox of dy[n][oy][ox][k] * x[n][iy][ix][c] */
static void backward_weights_channel(void *context, int32_t k, int32_t thread) {
  (void)thread;
  const job *j = context;
  const eoq_conv_shape *s = j->s;
  const float *x = j->a, *dy = j->b + k;
  size_t taps = (size_t)s->kernel * s->kernel * s->c;
  float *dw = j->result + (size_t)k * taps;
  memset(dw, 0, taps * sizeof *dw);
  for (int32_t n = 0; n < s->n; n++) {
    for (int32_t oy = 0; oy < s->oh; oy++) {
      for (int32_t ox = 0; ox < s->ow; ox++, dy += s->k) {
        for (int32_t r = 0; r < s->kernel; r++) {
          for (int32_t q = 0; q < s->kernel; q++) {
            int32_t iy = source(oy, r, s, s->h), ix = source(ox, q, s, s->w);
            if (iy < 0 || ix < 0) continue;
            const float *pixel = x + (((size_t)n * s->h + iy) * s->w + ix) * s->c;
            float *tap = dw + ((size_t)r * s->kernel + q) * s->c;
            for (int32_t c = 0; c < s->c; c++) {
              tap[c] += *dy * pixel[c];
              EOQ_FP32_TALLY(1, 1, 0);
            }
          }
        }
      }
    }
  }
}

int32_t eoq_fp32_conv_forward_reference(const eoq_conv_shape *s, const float *x, eoq_tensor *w, float *y) {
  eoq_parallel(forward_image, &(job){ s, x, w->data, y }, s->n);
  return EOQ_OK;
}

int32_t eoq_fp32_conv_backward_data_reference(const eoq_conv_shape *s, const float *dy, eoq_tensor *w, float *dx) {
  eoq_parallel(backward_data_image, &(job){ s, dy, w->data, dx }, s->n);
  return EOQ_OK;
}

int32_t eoq_fp32_conv_backward_weights_reference(const eoq_conv_shape *s, const float *x, const float *dy, float *dw) {
  eoq_parallel(backward_weights_channel, &(job){ s, x, dy, dw }, s->k);
  return EOQ_OK;
}
