/* elementwise.avx512vnni-256.c: the elementwise kernels of the avx512vnni-256 path. */
#include "elementwise_table.inc"

EOQ_INT8_ELEMENTWISE(avx512vnni_256)
