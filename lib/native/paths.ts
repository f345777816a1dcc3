/**
 * The instruction-set paths beside the scalar one, as the build and the counts
 * see them; kernels/core/paths.h lists them for C.
 *
 * @module
 */

/** How a path's convolutions use its vectors. */
export interface VectorShape {
  /** Sums of a vector. */
  readonly lanes: number;
  /** Products that an instruction adds to each. */
  readonly group: number;
  /** Whether an operand must be unsigned, so that it is packed with an offset. */
  readonly offset: boolean;
  /** Whether an instruction takes two pixels, or two elements of a gradient, at once. */
  readonly pairs: boolean;
}

/** A path. */
export interface Path {
  /** The processors that have it, as Deno names them. */
  readonly arch: typeof Deno.build.arch;
  /** What its sources are compiled with, kernels/int8/simd.NAME.c and kernels/fp32/simd.NAME.c. */
  readonly flags: readonly string[];
  readonly int8: VectorShape;
  /** Of the path whose fp32 kernels it runs, if it has none. */
  readonly fp32: VectorShape;
}

const AVX2 = ["-mavx2", "-mfma"];
const AVX512VNNI = [...AVX2, "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni"];
// On this processor alone gcc also orders instructions before it gives registers out, and starts more products than there
// are registers for: a third of neon's int8 tiles would keep sums in memory.
const NEON = ["-fno-schedule-insns"];

const floats = (lanes: number): VectorShape => ({ lanes, group: 1, offset: false, pairs: false });

/** By name, worst first. */
export const PATHS: Readonly<Record<string, Path>> = {
  avx2: { arch: "x86_64", flags: AVX2, int8: { lanes: 8, group: 2, offset: false, pairs: false }, fp32: floats(8) },
  avxvnni: {
    arch: "x86_64",
    flags: [...AVX2, "-mavxvnni"],
    int8: { lanes: 8, group: 4, offset: true, pairs: false },
    fp32: floats(8),
  },
  "avx512vnni-256": {
    arch: "x86_64",
    flags: [...AVX512VNNI, "-mprefer-vector-width=256"],
    int8: { lanes: 8, group: 4, offset: true, pairs: false },
    fp32: floats(8),
  },
  avx512vnni: {
    arch: "x86_64",
    flags: [...AVX512VNNI, "-mprefer-vector-width=512"],
    int8: { lanes: 16, group: 4, offset: true, pairs: false },
    fp32: floats(16),
  },
  neon: { arch: "aarch64", flags: NEON, int8: { lanes: 4, group: 4, offset: false, pairs: false }, fp32: floats(4) },
  neondot: {
    arch: "aarch64",
    flags: [...NEON, "-march=armv8.2-a+dotprod"],
    int8: { lanes: 4, group: 4, offset: false, pairs: false },
    fp32: floats(4),
  },
  neoni8mm: {
    arch: "aarch64",
    flags: [...NEON, "-march=armv8.2-a+i8mm"],
    int8: { lanes: 4, group: 8, offset: false, pairs: true },
    fp32: floats(4),
  },
};
