/* simd.avxvnni.c: the int8 kernels on 256-bit vpdpbusd, VEX encoding: 16 registers. */
#define DPBUSD "%{vex%} vpdpbusd"
#define DPWSSD "%{vex%} vpdpwssd"
#define ANY_REGISTER "x"
#define KERNELS eoq_int8_avxvnni
#define PIXELS_1 8
#define PIXELS_2 4
#define ELEMENTS_1 12
#define ELEMENTS_2 6

#include "vnni256.inc"
