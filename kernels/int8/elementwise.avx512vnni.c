/* elementwise.avx512vnni.c: the elementwise kernels of the avx512vnni path. */
#include "elementwise_512.inc"

#define EOQ_STREAMS_512
#include "elementwise_table.inc"

EOQ_INT8_ELEMENTWISE(avx512vnni)
