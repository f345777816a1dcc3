/* paths.h: the instruction-set paths: what each is called, which CPUs it is
 * for and which kernels run on it. A new path has a line here; everything that
 * goes through the paths reads it from here. */
#ifndef EOQ_PATHS_H
#define EOQ_PATHS_H

/* PATH(ID, symbol, name, CPUS, fp32), worst first:
 *
 *   ID       EOQ_ISA_ID is its number
 *   symbol   eoq_int8_symbol is its table of int8 kernels; isa.c asks has_symbol() whether this CPU can run it
 *   name     as users write it; the sources in simd.name.c are compiled with its flags (lib/native/paths.ts)
 *   CPUS     the architecture that has it, for EOQ_ON_CPUS() and EOQ_BUILT_FOR_CPUS() below
 *   fp32     eoq_fp32_fp32 is its table of fp32 kernels: another path's where they differ in int8 instructions only */
#define EOQ_EACH_PATH(PATH)                                            \
  PATH(SCALAR, scalar, "scalar", ANY, scalar)                          \
  PATH(AVX2, avx2, "avx2", X86_64, avx2)                               \
  /* 256-bit vpdpbusd in the VEX encoding, 16 registers */             \
  PATH(AVXVNNI, avxvnni, "avxvnni", X86_64, avx2)                      \
  /* the same in the EVEX encoding, 32 registers */                    \
  PATH(AVX512VNNI_256, avx512vnni_256, "avx512vnni-256", X86_64, avx2) \
  PATH(AVX512VNNI, avx512vnni, "avx512vnni", X86_64, avx512vnni)       \
  PATH(NEON, neon, "neon", AARCH64, neon)                              \
  /* 128-bit sdot */                                                   \
  PATH(NEONDOT, neondot, "neondot", AARCH64, neon)                     \
  /* 128-bit smmla */                                                  \
  PATH(NEONI8MM, neoni8mm, "neoni8mm", AARCH64, neon)

#define EOQ_PATH_NUMBER(ID, ...) EOQ_ISA_##ID,
enum { EOQ_EACH_PATH(EOQ_PATH_NUMBER) EOQ_ISA_COUNT };
#undef EOQ_PATH_NUMBER

/* EOQ_ON_CPUS(yes, no) is `yes` where code is compiled for those CPUs. */
#define EOQ_ON_ANY(yes, no) yes
#if defined(__x86_64__)
#define EOQ_ON_X86_64(yes, no) yes
#else
#define EOQ_ON_X86_64(yes, no) no
#endif
#if defined(__aarch64__)
#define EOQ_ON_AARCH64(yes, no) yes
#else
#define EOQ_ON_AARCH64(yes, no) no
#endif

/* EOQ_BUILT_FOR_CPUS(yes, no) is `yes` where the kernels of such a path are in the library. */
#define EOQ_BUILT_FOR_ANY(yes, no) yes
#if defined(EOQ_WITH_SIMD)
#define EOQ_BUILT_FOR_X86_64 EOQ_ON_X86_64
#define EOQ_BUILT_FOR_AARCH64 EOQ_ON_AARCH64
#else
#define EOQ_BUILT_FOR_X86_64(yes, no) no
#define EOQ_BUILT_FOR_AARCH64(yes, no) no
#endif

#endif
