/* elementwise.c: the elementwise kernels of the scalar path. */
#include "elementwise_table.inc"

EOQ_INT8_ELEMENTWISE(scalar)
