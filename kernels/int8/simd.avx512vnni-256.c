/* simd.avx512vnni-256.c: the int8 kernels on 256-bit vpdpbusd, EVEX encoding: 32 registers. */
#define DPBUSD "vpdpbusd"
#define DPWSSD "vpdpwssd"
#define ANY_REGISTER "v"
#define KERNELS eoq_int8_avx512vnni_256
#define PIXELS_1 16
#define PIXELS_2 8
#define ELEMENTS_1 16
#define ELEMENTS_2 14

#include "vnni256.inc"
