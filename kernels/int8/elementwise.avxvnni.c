/* elementwise.avxvnni.c: the elementwise kernels of the avxvnni path. */
#include "elementwise_table.inc"

EOQ_INT8_ELEMENTWISE(avxvnni)
