/* conv.avxvnni.c: int8 convolutions on 256-bit vpdpbusd, VEX encoding: 16 registers. */
#define DPBUSD "%{vex%} vpdpbusd"
#define ANY_REGISTER "x"
#define MOST_1 8
#define MOST_2 4

#include "conv_vnni256.inc"

EOQ_INT8_CONV_ENTRIES(avxvnni)
