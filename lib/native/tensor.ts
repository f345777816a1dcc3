/**
 * Tensors that live in the kernel library: TypeScript holds a handle, copies
 * bytes in and out, and can never reach past their end.
 *
 * @module
 */

import { RunError } from "../errors.ts";
import { type Functions, handleRegistry } from "./functions.ts";

/** Element types, in the order of the enum in eoq.h. */
export const TENSOR_TYPES = ["int8", "uint8", "int16", "int32", "int64", "bits", "fp32", "fp64"] as const;

/** Element type of a tensor; `bits` packs 64 elements in a word. */
export type TensorType = typeof TENSOR_TYPES[number];

/** Bytes of an element; 0 of bits, which share words. */
export const TYPE_BYTES = { int8: 1, uint8: 1, int16: 2, int32: 4, int64: 8, bits: 0, fp32: 4, fp64: 8 } as const;

/** Destroys the tensor of an object that nobody holds any more. */
export const tensorRegistry = handleRegistry("eoq_tensor_destroy");

function isBytes(array: ArrayBufferView<ArrayBuffer>): array is Uint8Array<ArrayBuffer> {
  return array instanceof Uint8Array;
}

/** An array as bytes: itself where it is of bytes. */
function bytesOf(array: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return isBytes(array) ? array : new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A tensor of the kernel library. */
export class Tensor {
  readonly type: TensorType;
  readonly count: number;
  /** Whether it has no memory of its own, but gets a {@linkcode Tensor.place}. */
  readonly planned: boolean;
  readonly #library: Functions;
  #handle: number | undefined;

  /** Creates a zeroed tensor, or a planned one, which is nowhere yet. @throws {RunError} when memory is short. */
  constructor(library: Functions, type: TensorType, count: number, planned = false) {
    this.type = type;
    this.count = count;
    this.planned = planned;
    this.#library = library;
    if (!planned) this.#own(library.symbols.eoq_tensor_create(TENSOR_TYPES.indexOf(type), BigInt(count)));
  }

  #own(status: number): void {
    const library = this.#library, handle = library.check(status);
    this.#handle = handle;
    tensorRegistry.register(this, { library, handle }, this);
  }

  /** The handle that C functions take. @throws {RunError} of a planned tensor that has no place, and of a closed one. */
  get handle(): number {
    if (this.#handle !== undefined) return this.#handle;
    throw new RunError(
      this.planned ? `a planned ${this.type} tensor has no memory` : `the ${this.type} tensor is closed`,
    );
  }

  /**
   * Gives a planned tensor its place: where `offset` bytes of another tensor's memory come before it. It has another
   * handle from then on, and holds whatever lies there.
   *
   * @throws {RunError} where it would reach past the arena's end, or starts at no multiple of 64 bytes.
   */
  place(arena: { readonly handle: number }, offset: number): void {
    if (!this.planned) throw new TypeError("a tensor with memory of its own has no place");
    if (this.#handle !== undefined) this.close();
    const type = TENSOR_TYPES.indexOf(this.type), { symbols } = this.#library;
    this.#own(symbols.eoq_tensor_create_at(arena.handle, BigInt(offset), type, BigInt(this.count)));
  }

  /** Bytes of the elements. */
  get byteLength(): number {
    return this.type === "bits" ? Math.ceil(this.count / 64) * 8 : this.count * TYPE_BYTES[this.type];
  }

  /** Copies a typed array in, from element 0. */
  write(from: ArrayBufferView<ArrayBuffer>): void {
    const bytes = bytesOf(from);
    this.#library.check(this.#library.symbols.eoq_tensor_write(this.handle, 0n, bytes, BigInt(bytes.byteLength)));
  }

  /** Zeroes the elements from `start` up to `end`; none of type bits. */
  clear(start: number, end: number): void {
    const size = TYPE_BYTES[this.type];
    const zeros = new Uint8Array((end - start) * size);
    const { symbols } = this.#library;
    this.#library.check(symbols.eoq_tensor_write(this.handle, BigInt(start * size), zeros, BigInt(zeros.byteLength)));
  }

  /** Fills a typed array from element 0 and returns it. */
  read<T extends ArrayBufferView<ArrayBuffer>>(to: T): T {
    const bytes = bytesOf(to);
    this.#library.check(this.#library.symbols.eoq_tensor_read(this.handle, 0n, bytes, BigInt(bytes.byteLength)));
    return to;
  }

  /** Power-of-two exponent of an integer tensor: value = q * 2^exponent. */
  get exponent(): number {
    const exponent = new Int32Array(1);
    this.#library.check(
      this.#library.symbols.eoq_tensor_exponent(this.handle, new Uint8Array(exponent.buffer)),
    );
    return exponent[0]!;
  }

  set exponent(exponent: number) {
    this.#library.check(this.#library.symbols.eoq_tensor_exponent_set(this.handle, exponent));
  }

  /**
   * What an int8 or int32 tensor is known to lie between. Quantizers take their exponents from it; it may be wider than
   * the extremes of the elements.
   */
  get range(): readonly [minimum: number, maximum: number] {
    const range = new Int32Array(2);
    this.#library.check(this.#library.symbols.eoq_tensor_range(this.handle, new Uint8Array(range.buffer)));
    return [range[0]!, range[1]!];
  }

  /** Frees the memory now instead of at garbage collection, or leaves its place. Once: C gives the handle to another. */
  close(): void {
    if (this.#handle === undefined) return;
    tensorRegistry.unregister(this);
    this.#library.check(this.#library.symbols.eoq_tensor_destroy(this.#handle));
    this.#handle = undefined;
  }
}
