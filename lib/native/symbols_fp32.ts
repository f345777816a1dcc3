/**
 * FFI table of kernels/fp32/eoq_fp32.h.
 *
 * @module
 */

/** Symbols of the fp32 kernels. */
export const FP32_SYMBOLS = {} as const satisfies Deno.ForeignLibraryInterface;
