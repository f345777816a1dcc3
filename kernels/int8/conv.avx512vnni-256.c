/* conv.avx512vnni-256.c: int8 convolutions on 256-bit vpdpbusd, EVEX encoding: 32 registers. */
#define DPBUSD "vpdpbusd"
#define ANY_REGISTER "v"
#define MOST_1 16
#define MOST_2 8

#include "conv_vnni256.inc"

EOQ_INT8_CONV_ENTRIES(avx512vnni_256)
