/* openblas.c: a 1x1 convolution as the matrix product that it is. */
#include "peer.h"

#include <cblas.h>
#include <stdlib.h>

enum { PRODUCTS = 64 };

typedef struct {
  blasint rows, columns, depth;
  float *x, *weights, *y;
} product;

static product products[PRODUCTS];

const char *peer_version(void) {
  return openblas_get_config();
}

void peer_threads(int32_t threads) {
  openblas_set_num_threads(threads);
}

static float *operand(blasint count) {
  float *values = malloc((size_t)count * sizeof *values);
  for (blasint i = 0; values != NULL && i < count; i++) values[i] = (float)(rand() % 255 - 127) / 128;
  return values;
}

int32_t peer_create(int32_t phase, int32_t type, int32_t n, int32_t h, int32_t w, int32_t c, int32_t k,
                    int32_t kernel, int32_t stride, int32_t pad) {
  if (phase != PEER_FORWARD || type != PEER_FP32 || kernel != 1 || stride != 1 || pad != 0) return 0;
  int32_t handle = 1;
  while (handle < PRODUCTS && products[handle].x != NULL) handle++;
  if (handle == PRODUCTS) return -1;
  const blasint rows = n * h * w;
  products[handle] = (product){ rows, k, c, operand(rows * c), operand(k * c), operand(rows * k) };
  return handle;
}

int32_t peer_run(int32_t handle, int32_t repetitions) {
  const product *p = &products[handle];
  if (p->x == NULL || p->weights == NULL || p->y == NULL) return -1;
  for (int32_t i = 0; i < repetitions; i++) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, p->rows, p->columns, p->depth, 1, p->x, p->depth, p->weights,
                p->depth, 0, p->y, p->columns);
  }
  return 0;
}

void peer_destroy(int32_t handle) {
  free(products[handle].x);
  free(products[handle].weights);
  free(products[handle].y);
  products[handle] = (product){ 0 };
}
