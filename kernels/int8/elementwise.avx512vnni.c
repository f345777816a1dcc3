/* elementwise.avx512vnni.c: the elementwise kernels of the avx512vnni path. */
#include "elementwise_512.h"

#define EOQ_STREAMS_512
#include "elementwise_table.h"

EOQ_INT8_ELEMENTWISE(avx512vnni)
