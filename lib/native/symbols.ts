/**
 * The FFI table: what eoq.h declares, with the C name of each parameter. A
 * test holds it against the header.
 *
 * @module
 */

import { FP32_SYMBOLS } from "./symbols_fp32.ts";
import { INT8_SYMBOLS } from "./symbols_int8.ts";

/** Version of the C interface that this table describes. */
export const ABI_VERSION = 5;

const CORE_SYMBOLS = {
  eoq_abi_version: { parameters: [], result: "i32" },
  eoq_last_error: { parameters: [/* text */ "buffer", /* bytes */ "usize"], result: "i32" },
  eoq_isa_count: { parameters: [], result: "i32" },
  eoq_isa_name: { parameters: [/* isa */ "i32", /* text */ "buffer", /* bytes */ "usize"], result: "i32" },
  eoq_isa_built: { parameters: [/* isa */ "i32"], result: "i32" },
  eoq_isa_supported: { parameters: [/* isa */ "i32"], result: "i32" },
  eoq_isa_select: { parameters: [/* isa */ "i32"], result: "i32" },
  eoq_isa_selected: { parameters: [], result: "i32" },
  eoq_threads_set: { parameters: [/* threads */ "i32"], result: "i32" },
  eoq_threads: { parameters: [], result: "i32" },
  eoq_tallies_read: { parameters: [/* to */ "buffer", /* bytes */ "usize"], result: "i32" },
  eoq_tallies_clear: { parameters: [], result: "i32" },
  eoq_tensor_create: { parameters: [/* type */ "i32", /* count */ "usize"], result: "i32" },
  eoq_tensor_destroy: { parameters: [/* tensor */ "i32"], result: "i32" },
  eoq_tensor_write: {
    parameters: [/* tensor */ "i32", /* offset */ "usize", /* from */ "buffer", /* bytes */ "usize"],
    result: "i32",
  },
  eoq_tensor_read: {
    parameters: [/* tensor */ "i32", /* offset */ "usize", /* to */ "buffer", /* bytes */ "usize"],
    result: "i32",
  },
  eoq_tensor_exponent: { parameters: [/* tensor */ "i32", /* exponent */ "buffer"], result: "i32" },
  eoq_tensor_exponent_set: { parameters: [/* tensor */ "i32", /* exponent */ "i32"], result: "i32" },
  eoq_stream_copy: { parameters: [/* from */ "i32", /* to */ "i32", /* count */ "usize"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Symbols of the whole library. */
export const SYMBOLS = { ...CORE_SYMBOLS, ...INT8_SYMBOLS, ...FP32_SYMBOLS } as const;

/** Symbols of the library that is compiled without floating-point registers. */
export const INTEGER_SYMBOLS = { ...CORE_SYMBOLS, ...INT8_SYMBOLS } as const;
