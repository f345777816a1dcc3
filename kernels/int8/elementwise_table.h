/* elementwise_table.h: the elementwise kernels of one path as its table. */
#include "batchnorm_kernels.h"
#include "centre_kernels.h"
#include "elementwise.h"
#include "update_kernels.h"

#define EOQ_INT8_ELEMENTWISE(isa)                                           \
  const eoq_int8_elementwise eoq_int8_elementwise_##isa = {                 \
    .activate = activate,                                                   \
    .quantize = quantize,                                                   \
    .scale = scale,                                                         \
    .round_randomly = round_randomly,                                       \
    .residual_maximum = residual_maximum,                                   \
    .residual = residual,                                                   \
    .dot = dot,                                                             \
    .error_statistics = error_statistics,                                   \
    .error_quantize = error_quantize,                                       \
    .join = join,                                                           \
    .sum = sum,                                                             \
    .magnitude32 = magnitude32,                                             \
    .magnitude64 = magnitude64,                                             \
    .centre32 = centre32,                                                   \
    .centre64 = centre64,                                                   \
    .update = update,                                                       \
    .batchnorm = {                                                          \
      .moments = norm_moments,                                              \
      .normalize = norm_normalize,                                          \
      .sums = norm_sums,                                                    \
      .error = norm_error,                                                  \
    },                                                                      \
  };
