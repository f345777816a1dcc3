/**
 * The FFI table: what eoq.h declares, types and names of parameters alike. A
 * test holds both against the header.
 *
 * @module
 */

import { type Signatures, signatures } from "./signature.ts";
import { FP32_PARAMETERS } from "./symbols_fp32.ts";
import { INT8_PARAMETERS } from "./symbols_int8.ts";

/** Version of the C interface that this table describes. */
export const ABI_VERSION = 5;

const CORE_PARAMETERS = {
  eoq_abi_version: "",
  eoq_last_error: "text: buffer, bytes: usize",
  eoq_isa_count: "",
  eoq_isa_name: "isa, text: buffer, bytes: usize",
  eoq_isa_built: "isa",
  eoq_isa_supported: "isa",
  eoq_isa_select: "isa",
  eoq_isa_selected: "",
  eoq_threads_set: "threads",
  eoq_threads: "",
  eoq_tallies_read: "to: buffer, bytes: usize",
  eoq_tallies_clear: "",
  eoq_tensor_create: "type, count: usize",
  eoq_tensor_destroy: "tensor",
  eoq_tensor_write: "tensor, offset: usize, from: buffer, bytes: usize",
  eoq_tensor_read: "tensor, offset: usize, to: buffer, bytes: usize",
  eoq_tensor_exponent: "tensor, exponent: buffer",
  eoq_tensor_exponent_set: "tensor, exponent",
  eoq_stream_copy: "from, to, count: usize",
} as const;

const INTEGER_PARAMETERS = { ...CORE_PARAMETERS, ...INT8_PARAMETERS } as const;
const PARAMETERS = { ...INTEGER_PARAMETERS, ...FP32_PARAMETERS } as const;

/** Symbols of the whole library. */
export const SYMBOLS: Signatures<typeof PARAMETERS> = signatures(PARAMETERS);

/** Symbols of the library that is compiled without floating-point registers. */
export const INTEGER_SYMBOLS: Signatures<typeof INTEGER_PARAMETERS> = signatures(INTEGER_PARAMETERS);
