/* weights.avxvnni.c: int8 backward weights on 256-bit vpdpbusd, VEX encoding: 16 registers. */
#define DPBUSD "%{vex%} vpdpbusd"
#define ANY_REGISTER "x"
#define MOST_1 12
#define MOST_2 6

#include "weights_vnni256.inc"

EOQ_INT8_WEIGHTS_ENTRIES(avxvnni)
