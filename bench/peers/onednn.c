/* onednn.c: convolutions of oneDNN 2.x. Every operand has the layout that the
 * primitive asks for (format `any`), so no reorder is part of the time. int8
 * results are int8 again, int8 backward data runs as the deconvolution that it
 * is, and int8 backward weights do not exist. */
#include "peer.h"

#include <oneapi/dnnl/dnnl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR != 2
#error "this is written for oneDNN 2"
#endif

enum { OPERATIONS = 256, OPERANDS = 3 };

typedef struct {
  dnnl_primitive_t primitive;
  dnnl_exec_arg_t operands[OPERANDS];
} operation;

typedef struct {
  dnnl_memory_desc_t x, weights, y;
  dnnl_dims_t strides, low, high;
} geometry;

static dnnl_engine_t engine;
static dnnl_stream_t stream;
static operation operations[OPERATIONS];

static int is_real(int32_t type) {
  return type == PEER_FP32 || type == PEER_FP32_WINOGRAD;
}

const char *peer_version(void) {
  static char text[64];
  const dnnl_version_t *version = dnnl_version();
  snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
  return text;
}

void peer_threads(int32_t threads) {
  omp_set_num_threads(threads);
}

static int start(void) {
  return engine != NULL || (dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success &&
                            dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) == dnnl_success);
}

static void describe(dnnl_memory_desc_t *desc, int64_t a, int64_t b, int64_t c, int64_t d, dnnl_data_type_t type) {
  dnnl_memory_desc_init_by_tag(desc, 4, (dnnl_dims_t){ a, b, c, d }, type, dnnl_format_tag_any);
}

/* Bytes of random int8, non-negative uint8 or fp32 numbers in -1..1. */
static void fill(void *data, size_t bytes, dnnl_data_type_t type) {
  int8_t *small = data;
  float *real = data;
  if (type == dnnl_f32) for (size_t i = 0; i < bytes / 4; i++) real[i] = (float)(rand() % 255 - 127) / 128;
  else for (size_t i = 0; i < bytes; i++) small[i] = (int8_t)(type == dnnl_u8 ? rand() % 128 : rand() % 255 - 127);
}

/* Memory as `desc` has it, reordered from random plain data, which also makes
 * whatever the layout carries beside its elements. */
static dnnl_memory_t operand(const dnnl_memory_desc_t *desc) {
  dnnl_memory_desc_t plain_desc;
  dnnl_memory_t plain = NULL, memory = NULL;
  dnnl_primitive_desc_t reorder_desc = NULL;
  dnnl_primitive_t reorder = NULL;
  void *data;
  int good =
    dnnl_memory_desc_init_by_tag(&plain_desc, 4, desc->dims, desc->data_type, dnnl_abcd) == dnnl_success &&
    dnnl_memory_create(&plain, &plain_desc, engine, DNNL_MEMORY_ALLOCATE) == dnnl_success &&
    dnnl_memory_create(&memory, desc, engine, DNNL_MEMORY_ALLOCATE) == dnnl_success &&
    dnnl_memory_get_data_handle(plain, &data) == dnnl_success;
  if (good) {
    fill(data, dnnl_memory_desc_get_size(&plain_desc), desc->data_type);
    const dnnl_exec_arg_t arguments[] = { { DNNL_ARG_FROM, plain }, { DNNL_ARG_TO, memory } };
    good = dnnl_reorder_primitive_desc_create(&reorder_desc, &plain_desc, engine, desc, engine, NULL) == dnnl_success &&
      dnnl_primitive_create(&reorder, reorder_desc) == dnnl_success &&
      dnnl_primitive_execute(reorder, stream, 2, arguments) == dnnl_success &&
      dnnl_stream_wait(stream) == dnnl_success;
  }
  dnnl_primitive_destroy(reorder);
  dnnl_primitive_desc_destroy(reorder_desc);
  dnnl_memory_destroy(plain);
  if (good) return memory;
  dnnl_memory_destroy(memory);
  return NULL;
}

/* fp32 in the three phases; the backward ones want the forward one as a hint. */
static dnnl_primitive_desc_t real_convolution(int32_t phase, dnnl_alg_kind_t algorithm, const geometry *g) {
  dnnl_convolution_desc_t forward, desc;
  dnnl_primitive_desc_t hint = NULL, result = NULL;
  if (dnnl_convolution_forward_desc_init(&forward, dnnl_forward_training, algorithm, &g->x, &g->weights, NULL,
                                         &g->y, g->strides, g->low, g->high) != dnnl_success ||
      dnnl_primitive_desc_create(&hint, &forward, NULL, engine, NULL) != dnnl_success) {
    return NULL;
  }
  if (phase == PEER_FORWARD) return hint;
  dnnl_status_t status = phase == PEER_BACKWARD_DATA
    ? dnnl_convolution_backward_data_desc_init(&desc, algorithm, &g->x, &g->weights, &g->y, g->strides, g->low,
                                               g->high)
    : dnnl_convolution_backward_weights_desc_init(&desc, algorithm, &g->x, &g->weights, NULL, &g->y, g->strides,
                                                  g->low, g->high);
  if (status == dnnl_success) dnnl_primitive_desc_create(&result, &desc, NULL, engine, hint);
  dnnl_primitive_desc_destroy(hint);
  return result;
}

/* int8 to int8, scaled by a constant on its way out. */
static dnnl_primitive_desc_t int8_convolution(int32_t phase, const geometry *g) {
  static const float scale = 1.0f / 512;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t result = NULL;
  dnnl_convolution_desc_t desc;
  dnnl_status_t status = phase == PEER_FORWARD
    ? dnnl_convolution_forward_desc_init(&desc, dnnl_forward_inference, dnnl_convolution_direct, &g->x, &g->weights,
                                         NULL, &g->y, g->strides, g->low, g->high)
    : dnnl_deconvolution_forward_desc_init(&desc, dnnl_forward_inference, dnnl_deconvolution_direct, &g->x,
                                           &g->weights, NULL, &g->y, g->strides, g->low, g->high);
  if (status == dnnl_success && dnnl_primitive_attr_create(&attributes) == dnnl_success &&
      dnnl_primitive_attr_set_output_scales(attributes, 1, 0, &scale) == dnnl_success) {
    dnnl_primitive_desc_create(&result, &desc, attributes, engine, NULL);
  }
  dnnl_primitive_attr_destroy(attributes);
  return result;
}

static dnnl_primitive_desc_t describe_primitive(int32_t phase, int32_t type, int32_t n, int32_t h, int32_t w,
                                                int32_t c, int32_t k, int32_t kernel, int32_t stride, int32_t pad) {
  const int32_t oh = (h + 2 * pad - kernel) / stride + 1, ow = (w + 2 * pad - kernel) / stride + 1;
  const dnnl_data_type_t source = is_real(type) ? dnnl_f32 : type == PEER_S8S8 ? dnnl_s8 : dnnl_u8;
  const dnnl_data_type_t other = is_real(type) ? dnnl_f32 : dnnl_s8;
  const dnnl_alg_kind_t algorithm = type == PEER_FP32_WINOGRAD ? dnnl_convolution_winograd : dnnl_convolution_direct;
  geometry g = { .strides = { stride, stride }, .low = { pad, pad } };
  /* Rows at the lower edge that no output reads need no padding. */
  g.high[0] = (oh - 1) * stride + kernel - h - pad;
  g.high[1] = (ow - 1) * stride + kernel - w - pad;
  if (!is_real(type) && phase == PEER_BACKWARD_DATA) {
    describe(&g.x, n, k, oh, ow, source);
    describe(&g.weights, c, k, kernel, kernel, other);
    describe(&g.y, n, c, h, w, other);
  } else {
    describe(&g.x, n, c, h, w, source);
    describe(&g.weights, k, c, kernel, kernel, other);
    describe(&g.y, n, k, oh, ow, other);
  }
  return is_real(type) ? real_convolution(phase, algorithm, &g) : int8_convolution(phase, &g);
}

int32_t peer_create(int32_t phase, int32_t type, int32_t n, int32_t h, int32_t w, int32_t c, int32_t k,
                    int32_t kernel, int32_t stride, int32_t pad) {
  static const struct {
    dnnl_query_t query;
    int argument;
  } roles[3][OPERANDS] = {
    { { dnnl_query_src_md, DNNL_ARG_SRC }, { dnnl_query_weights_md, DNNL_ARG_WEIGHTS },
      { dnnl_query_dst_md, DNNL_ARG_DST } },
    { { dnnl_query_diff_src_md, DNNL_ARG_DIFF_SRC }, { dnnl_query_weights_md, DNNL_ARG_WEIGHTS },
      { dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST } },
    { { dnnl_query_src_md, DNNL_ARG_SRC }, { dnnl_query_diff_weights_md, DNNL_ARG_DIFF_WEIGHTS },
      { dnnl_query_diff_dst_md, DNNL_ARG_DIFF_DST } },
  };
  int32_t handle = 1;
  while (handle < OPERATIONS && operations[handle].primitive != NULL) handle++;
  if (!start() || handle == OPERATIONS) return -1;
  if (!is_real(type) && phase == PEER_BACKWARD_WEIGHTS) return 0;
  dnnl_primitive_desc_t desc = describe_primitive(phase, type, n, h, w, c, k, kernel, stride, pad);
  if (desc == NULL) return 0;
  operation *o = &operations[handle];
  int good = dnnl_primitive_create(&o->primitive, desc) == dnnl_success;
  const int32_t as = is_real(type) ? phase : PEER_FORWARD;
  for (int i = 0; i < OPERANDS && good; i++) {
    o->operands[i].arg = roles[as][i].argument;
    o->operands[i].memory = operand(dnnl_primitive_desc_query_md(desc, roles[as][i].query, 0));
    good = o->operands[i].memory != NULL;
  }
  dnnl_primitive_desc_destroy(desc);
  if (good) return handle;
  peer_destroy(handle);
  return -1;
}

int32_t peer_run(int32_t handle, int32_t repetitions) {
  operation *o = &operations[handle];
  for (int32_t i = 0; i < repetitions; i++) {
    if (dnnl_primitive_execute(o->primitive, stream, OPERANDS, o->operands) != dnnl_success) return -1;
  }
  return dnnl_stream_wait(stream) == dnnl_success ? 0 : -1;
}

void peer_destroy(int32_t handle) {
  operation *o = &operations[handle];
  for (int i = 0; i < OPERANDS; i++) dnnl_memory_destroy(o->operands[i].memory);
  dnnl_primitive_destroy(o->primitive);
  memset(o, 0, sizeof *o);
}
