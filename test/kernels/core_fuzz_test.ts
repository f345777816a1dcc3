import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TENSOR_TYPES } from "../../lib/native/tensor.ts";
import { Fixture } from "./fixture.ts";

const BUFFER = 64;

const small = fc.integer({ min: -3, max: 12 });
const numbers = fc.oneof(small, fc.constantFrom(256, 257, 2 ** 31 - 1, -(2 ** 31)), fc.integer());
/** Byte counts and offsets; a count of elements that could be had from a large machine is left out. */
const sizes = fc.oneof(fc.bigInt(0n, BigInt(BUFFER)), fc.constantFrom(1n << 31n, 1n << 40n, (1n << 64n) - 1n));
/** What a caller passes as a buffer: as many bytes as it says, or null. */
const buffers = fc.constantFrom(new Uint8Array(BUFFER), new Uint8Array(BUFFER).fill(0x80), null);
const side = fc.integer({ min: 1, max: 9 }), window = fc.integer({ min: 1, max: 3 });
/** Sizes of a shape: mostly those of one that can be. */
const shapeSizes = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(side, side, side, side, window, window, fc.constantFrom(0, 1)) },
  { weight: 1, arbitrary: fc.tuple(numbers, numbers, numbers, numbers, numbers, numbers, numbers) },
);
const words = fc.record({
  handle: small,
  number: numbers,
  size: sizes,
  offset: sizes,
  buffer: buffers,
  shape: shapeSizes,
});

type Words = typeof words extends fc.Arbitrary<infer T> ? T : never;
type Symbols = Fixture["library"]["symbols"];

/** A buffer never says more bytes than it has: no C code could find that out. */
const bytes = ({ size, buffer }: Words) => buffer === null || size <= BigInt(BUFFER) ? size : BigInt(BUFFER);

const CALLS: Readonly<Record<string, (symbols: Symbols, w: Words) => number>> = {
  create: (symbols, w) => symbols.eoq_tensor_create(w.number, w.size),
  // A size that is refused, or one that is soon had.
  arena: (symbols, w) => symbols.eoq_arena_create(w.size < 1n << 40n ? w.size % 4097n : w.size),
  createAt: (symbols, w) => symbols.eoq_tensor_create_at(w.handle, w.offset, w.number, w.size),
  destroy: (symbols, w) => symbols.eoq_tensor_destroy(w.handle),
  write: (symbols, w) => symbols.eoq_tensor_write(w.handle, w.offset, w.buffer, bytes(w)),
  read: (symbols, w) => symbols.eoq_tensor_read(w.handle, w.offset, w.buffer, bytes(w)),
  exponent: (symbols, w) => symbols.eoq_tensor_exponent(w.handle, w.buffer),
  exponentSet: (symbols, w) => symbols.eoq_tensor_exponent_set(w.handle, w.number),
  range: (symbols, w) => symbols.eoq_tensor_range(w.handle, w.buffer),
  shapeCreate: (symbols, w) => {
    const [height, width, c, k, kernel, stride, pad] = w.shape;
    return symbols.eoq_conv_shape_create(height, width, c, k, kernel, stride, pad);
  },
  shapeDestroy: (symbols, w) => symbols.eoq_conv_shape_destroy(w.number),
  streamCopy: (symbols, w) => symbols.eoq_stream_copy(w.handle, w.number, w.size),
  isaName: (symbols, w) => symbols.eoq_isa_name(w.number, w.buffer, bytes(w)),
  isaBuilt: (symbols, w) => symbols.eoq_isa_built(w.number),
  isaSupported: (symbols, w) => symbols.eoq_isa_supported(w.number),
  isaSelect: (symbols, w) => symbols.eoq_isa_select(w.number),
  threadsSet: (symbols, w) => symbols.eoq_threads_set(w.number),
  talliesRead: (symbols, w) => symbols.eoq_tallies_read(w.buffer, bytes(w)),
  talliesClear: (symbols) => symbols.eoq_tallies_clear(),
  lastError: (symbols, w) => symbols.eoq_last_error(w.buffer, bytes(w)),
};

Deno.test("tensors, shapes, paths and threads survive any calls in any order", async () => {
  using fixture = await Fixture.open();
  const { symbols } = fixture.library;
  const calls = fc.array(fc.record({ name: fc.constantFrom(...Object.keys(CALLS)), words }), { maxLength: 60 });
  fc.assert(
    fc.property(calls, (list) => {
      const live = new Set<number>();
      /** Every shape there was, and those that still are. */
      const shapes: number[] = [], liveShapes = new Set<number>();
      for (const { name, words: drawn } of list) {
        const shape = name === "shapeDestroy" ? shapes.at(drawn.handle) : undefined;
        const words = shape === undefined ? drawn : { ...drawn, number: shape };
        const status = CALLS[name]!(symbols, words);
        assert(Number.isInteger(status) && status >= -6, `${name}: ${status}`);
        if (name === "create" && status >= 0) {
          assert(TENSOR_TYPES[words.number] !== undefined && words.size > 0n && !live.has(status));
          live.add(status);
        } else if (name === "arena" && status >= 0) {
          assert(words.size > 0n && words.size < 1n << 40n && !live.has(status));
          live.add(status);
        } else if (name === "createAt" && status >= 0) {
          assert(live.has(words.handle) && words.offset % 64n === 0n && !live.has(status));
          live.add(status);
        } else if (name === "shapeCreate" && status >= 0) {
          assert(status >= 2 ** 30 && !shapes.includes(status), `shape ${status} is given away twice`);
          shapes.push(status);
          liveShapes.add(status);
        } else if (name === "shapeDestroy") {
          assertEquals(status, liveShapes.delete(words.number) ? 0 : -6, `shape ${words.number}`);
        } else if (["destroy", "write", "read", "exponent", "exponentSet", "range"].includes(name)) {
          assert(status < 0 || live.has(words.handle), `${name}: handle ${words.handle} is dead, status ${status}`);
          if (name === "destroy") live.delete(words.handle);
        }
      }
      for (const shape of liveShapes) assertEquals(symbols.eoq_conv_shape_destroy(shape), 0);
      for (const handle of live) assertEquals(symbols.eoq_tensor_destroy(handle), 0);
    }),
    { numRuns: 100 },
  );
});
