/* elementwise.avx2.c: the elementwise kernels of the avx2 path. */
#include "elementwise_table.inc"

EOQ_INT8_ELEMENTWISE(avx2)
