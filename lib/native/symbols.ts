/**
 * The FFI table: what kernels/eoq.h declares, types and names of parameters
 * alike. A test holds both against the header.
 *
 * @module
 */

import { type Signatures, signatures } from "./signature.ts";

/** Version of the C interface that this table describes. */
export const ABI_VERSION = 8;

const PARAMETERS = {
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
  eoq_arena_create: "bytes: usize",
  eoq_tensor_create_at: "arena, offset: usize, type, count: usize",
  eoq_tensor_destroy: "tensor",
  eoq_tensor_write: "tensor, offset: usize, from: buffer, bytes: usize",
  eoq_tensor_read: "tensor, offset: usize, to: buffer, bytes: usize",
  eoq_tensor_exponent: "tensor, exponent: buffer",
  eoq_tensor_exponent_set: "tensor, exponent",
  eoq_tensor_range: "tensor, range: buffer",
  eoq_conv_shape_create: "h, w, c, k, kernel, stride, pad",
  eoq_conv_shape_destroy: "shape",
  eoq_group_open: "path: buffer, bytes: usize, seconds",
  eoq_group_close: "",
  eoq_group_rank: "",
  eoq_group_size: "",
  eoq_group_end: "code",
  eoq_group_part: "first, images, whole",
  eoq_group_gather: "from: buffer, bytes: usize, to: buffer, room: usize",
  eoq_group_counts: "to: buffer, bytes: usize",
  eoq_stream_copy: "from, to, count: usize",
  eoq_kernel_count: "",
  eoq_kernel_text: "kernel, text: buffer, bytes: usize",
  eoq_call: "kernel, words: buffer, bytes: usize",
  eoq_program_create: "words: buffer, bytes: usize",
  eoq_program_destroy: "program",
  eoq_program_run: "program, slots: buffer, bytes: usize, first, end",
  eoq_program_beside: "program, ranges: buffer, bytes: usize",
  eoq_program_time: "program, slots: buffer, bytes: usize, nanoseconds: buffer, room: usize",
  eoq_program_each:
    "words: buffer, word_bytes: usize, slots: buffer, slot_bytes: usize, from: buffer, from_bytes: usize, to: buffer, to_bytes: usize",
} as const;

/** The C functions. */
export const SYMBOLS: Signatures<typeof PARAMETERS> = signatures(PARAMETERS);
