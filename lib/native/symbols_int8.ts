/**
 * FFI table of kernels/int8/eoq_int8.h.
 *
 * @module
 */

/** Symbols of the int8 kernels. */
export const INT8_SYMBOLS = {} as const satisfies Deno.ForeignLibraryInterface;
