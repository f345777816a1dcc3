/* conv.avxvnni.c: int8 convolutions on 256-bit vpdpbusd, VEX encoding: 16 registers. */
#define DPBUSD "%{vex%} vpdpbusd"
#define ANY_REGISTER "x"
#define ROWS_1 12
#define ROWS_2 6

#include "conv_vnni256.h"

EOQ_INT8_CONV_ENTRIES(avxvnni)
