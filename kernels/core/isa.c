/* isa.c: which instruction-set paths are built in, which this CPU can run,
 * and which one is selected. Built and supported are different questions. */
#include "internal.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

static int32_t selected = EOQ_ISA_SCALAR;

static const char *const names[EOQ_ISA_COUNT] = {
#define NAME(ID, symbol, name, ...) [EOQ_ISA_##ID] = name,
  EOQ_EACH_PATH(NAME)
};

static int32_t check(int32_t isa) {
  return eoq_within("isa", isa, 0, EOQ_ISA_COUNT - 1);
}

int32_t eoq_isa_count(void) {
  return EOQ_ISA_COUNT;
}

int32_t eoq_isa_name(int32_t isa, uint8_t *text, size_t bytes) {
  return check(isa) != EOQ_OK ? EOQ_ERROR_ARGUMENT : eoq_copy_text(names[isa], text, bytes);
}

int32_t eoq_isa_built(int32_t isa) {
  static const uint8_t built[EOQ_ISA_COUNT] = {
#define BUILT(ID, symbol, name, CPUS, fp32) [EOQ_ISA_##ID] = EOQ_BUILT_FOR_##CPUS(1, 0),
    EOQ_EACH_PATH(BUILT)
  };
  return check(isa) != EOQ_OK ? EOQ_ERROR_ARGUMENT : built[isa];
}

static int has_scalar(void) {
  return 1;
}

#if defined(__x86_64__)
/* The builtin also asks whether the operating system keeps the registers. */
static int has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

/* AVX-VNNI is not a part of AVX-512: leaf 7, subleaf 1, EAX bit 4. */
static int has_avxvnni(void) {
  unsigned a = 0, b, c, d;
  return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}

static int has_avx512vnni(void) {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

#define has_avx512vnni_256 has_avx512vnni
#endif

#if defined(__aarch64__)
/* Every 64-bit Arm core has it. */
static int has_neon(void) {
  return 1;
}

#if defined(__APPLE__)
static int has_feature(const char *name) {
  int has = 0;
  size_t bytes = sizeof has;
  return sysctlbyname(name, &has, &bytes, NULL, 0) == 0 && has;
}
#endif

static int has_neondot(void) {
#if defined(__linux__)
  enum { ASIMDDP = 1 << 20 }; /* the kernel's HWCAP_ASIMDDP */
  return (getauxval(AT_HWCAP) & ASIMDDP) != 0;
#elif defined(__APPLE__)
  return has_feature("hw.optional.arm.FEAT_DotProd");
#else
  return 0;
#endif
}

static int has_neoni8mm(void) {
#if defined(__linux__)
  enum { I8MM = 1 << 13 }; /* the kernel's HWCAP2_I8MM */
  return (getauxval(AT_HWCAP2) & I8MM) != 0;
#elif defined(__APPLE__)
  return has_feature("hw.optional.arm.FEAT_I8MM");
#else
  return 0;
#endif
}
#endif

int32_t eoq_isa_supported(int32_t isa) {
  static int (*const has[EOQ_ISA_COUNT])(void) = {
#define HAS(ID, symbol, name, CPUS, fp32) [EOQ_ISA_##ID] = EOQ_ON_##CPUS(has_##symbol, NULL),
    EOQ_EACH_PATH(HAS)
  };
  if (check(isa) != EOQ_OK) return EOQ_ERROR_ARGUMENT;
  return has[isa] != NULL && has[isa]();
}

int32_t eoq_isa_select(int32_t isa) {
  if (check(isa) != EOQ_OK) return EOQ_ERROR_ARGUMENT;
  if (!eoq_isa_built(isa)) return eoq_fail(EOQ_ERROR_ISA, "isa: %s is not built into this library", names[isa]);
  if (!eoq_isa_supported(isa)) return eoq_fail(EOQ_ERROR_ISA, "isa: this CPU does not have %s", names[isa]);
  selected = isa;
  return EOQ_OK;
}

int32_t eoq_isa_selected(void) {
  return selected;
}
