/* device.h: what a network on a microcontroller is made of. An exported network
 * (eoq export --format c) is one C file: these headers, then its tables and the
 * calls of its training step. Nothing here knows a handle, a thread, malloc or a
 * float; a batch is one image.
 *
 * The exported file defines before them:
 *   EOQ_MOMENTUM_BYTES   3: 24 bits; 2: 16; 0 where the recipe's momentum is 0
 *   EOQ_CENTRED          whether gradients have their mean taken off
 *   EOQ_HINDSIGHT        whether exponents are those of the step before
 *   EOQ_RANDOM_ROUNDING  whether activations or errors are rounded stochastically
 *   EOQ_INPUT_OFFSET     what is taken off a byte of an image, or 0 for its half
 *   EOQ_WEIGHT_BITS, EOQ_GRADIENT_BITS, EOQ_GRADIENT_NEAREST, EOQ_GRADIENT_FIXED,
 *   EOQ_GRADIENT_EXPONENT, EOQ_UPDATE_BITS, EOQ_UPDATE_NEAREST, EOQ_MOMENTUM_SHIFT,
 *   EOQ_FEEDBACK, EOQ_NESTEROV, EOQ_DECAY   the policy of an update (int8/declarations.inc) */
#ifndef EOQ_DEVICE_H
#define EOQ_DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../int8/number.h"
#include "../int8/random.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "states and hashes are of little-endian processors"
#endif

/* Where no library is linked, compilers do not make loads of them by themselves. */
#define memcpy __builtin_memcpy
#define memset __builtin_memset

/* What is known of the elements of a tensor: value = q * 2^exponent. The range
 * may be wider than the elements; exponents further on follow from it. */
typedef struct {
  int16_t exponent;
  int8_t minimum, maximum;
} eoq_range;

/* An int8 tensor. */
typedef struct {
  int8_t *q;
  eoq_range *range;
} eoq_values;

/* A convolution, a pool or a shortcut. */
typedef struct {
  int32_t height, width, inputs, kernel, stride, padding;
  int32_t out_height, out_width, outputs;
} eoq_shape;

/* A convolution with its weights (outputs, kernel, kernel, inputs) in steps of 2^exponent. */
typedef struct {
  eoq_shape shape;
  const int8_t *weights;
  int32_t exponent;
} eoq_layer;

/* What a convolution learns. */
typedef struct {
  int8_t *weights;
  uint8_t *momentum; /* EOQ_MOMENTUM_BYTES a weight */
  uint32_t stream;   /* keys random bits */
} eoq_learnt;

/* How a tensor is quantized into. */
typedef struct {
  uint32_t stream; /* keys random bits where it is stochastic */
  int8_t bits;
  int8_t stochastic;
  int16_t exponent; /* which of the exponents of the step before, or -1 */
  int8_t *guess;    /* the shift of the last time, with which sums are quantized as they arise */
} eoq_quantizer;

/* Exact gradients of scalars, sum * 2^exponent each. */
typedef struct {
  int64_t *sums;
  int16_t *exponents;
} eoq_gradients;

/* Where a step stands. */
typedef struct {
  uint32_t seed, step;
  int32_t training;   /* 0 where an image is classified: all exponents are its own, all rounding is to nearest */
  int32_t *exponents; /* of the step before, where there are any */
} eoq_step;

/* Elements that are summed at a time where there is no room for more. */
enum { EOQ_CHUNK = 64 };

#endif
