import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TENSOR_TYPES } from "../../lib/native/tensor.ts";
import { KERNEL_NAMES } from "../../lib/native/words.ts";
import { Fixture } from "./fixture.ts";
import { MAGIC } from "./program_words.ts";

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
/** Words of a kernel; its tensors are, where they can be, those of these places among the live ones. */
const kernelWords = fc.oneof(
  fc.tuple(fc.constant(KERNEL_NAMES.indexOf("int8_input")), small, fc.constantFrom(0, 128), small, small),
  fc.tuple(fc.constant(KERNEL_NAMES.indexOf("int8_centre_gradients")), small, small, small),
).map((list): readonly number[] => list);
const words = fc.record({
  kernel: kernelWords,
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

const SOME_TYPES = [TENSOR_TYPES.indexOf("int32"), TENSOR_TYPES.indexOf("uint8"), TENSOR_TYPES.indexOf("int8")];

/** 32-bit words as the bytes that C takes. */
const inBytes = (list: readonly number[]) => new Uint8Array(Int32Array.from(list).buffer);

/** Bytes of a program of the drawn call, now and then cut. */
function program({ kernel, number }: Words): Uint8Array<ArrayBuffer> {
  const whole = inBytes([MAGIC, 1, 0, 0, ...kernel]);
  return number === 0 ? whole.slice(0, -4) : whole;
}

/** Whether each word of a drawn call is a tensor. */
const areTensors = ([kernel]: readonly number[]) =>
  kernel === KERNEL_NAMES.indexOf("int8_input") ? [false, true, false, true] : [false, true];

/** A drawn call of live tensors, where there are any. */
function aimed(kernel: readonly number[], live: ReadonlySet<number>): readonly number[] {
  const tensors = areTensors(kernel), handles = [...live];
  return kernel.map((word, i) => tensors[i] && word >= 0 ? handles[word % handles.length] ?? word : word);
}

const CALLS: Readonly<Record<string, (symbols: Symbols, w: Words) => number>> = {
  create: (symbols, w) => symbols.eoq_tensor_create(w.number, w.size),
  // What the drawn kernels take: images, gradients, or what int8_input writes.
  some: (symbols, w) => symbols.eoq_tensor_create(SOME_TYPES[w.kernel.length % 2 * (1 + (w.handle & 1))]!, 12n),
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
  kernelText: (symbols, w) => symbols.eoq_kernel_text(w.number, w.buffer, bytes(w)),
  call: (symbols, { kernel: [number, ...rest] }) => {
    const own = inBytes(rest);
    return symbols.eoq_call(number!, own, BigInt(own.length));
  },
  programCreate: (symbols, w) => symbols.eoq_program_create(program(w), BigInt(program(w).length)),
  programDestroy: (symbols, w) => symbols.eoq_program_destroy(w.number),
  programRun: (symbols, w) => symbols.eoq_program_run(w.number, null, 0n, 0, w.shape[6]),
  programTime: (symbols, w) => symbols.eoq_program_time(w.number, null, 0n, w.buffer, bytes(w)),
  programBeside: (symbols, w) => symbols.eoq_program_beside(w.number, w.buffer, bytes(w)),
  programEach: (symbols, w) => {
    // One lane of no tensors, or of the drawn one as its input.
    const inputs = w.handle % 2, lanes = inBytes([1, inputs, 0, 1, w.number, w.handle].slice(0, 5 + inputs));
    return symbols.eoq_program_each(lanes, BigInt(lanes.length), null, 0n, w.buffer, bytes(w), w.buffer, 0n);
  },
  groupPart: (symbols, w) => symbols.eoq_group_part(w.handle, w.number, w.number),
  groupGather: (symbols, w) => symbols.eoq_group_gather(w.buffer, bytes(w), new Uint8Array(BUFFER), BigInt(BUFFER)),
  groupCounts: (symbols, w) => symbols.eoq_group_counts(w.buffer, bytes(w)),
  lastError: (symbols, w) => symbols.eoq_last_error(w.buffer, bytes(w)),
};

/** Names of the calls that take a program. */
const PROGRAM_TAKERS = new Set(["programDestroy", "programRun", "programTime", "programBeside", "programEach"]);

Deno.test("tensors, shapes, programs, paths and threads survive any calls in any order", async () => {
  using fixture = await Fixture.open();
  const { symbols } = fixture.library;
  const seen = { made: 0, ran: 0 };
  const names = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(CALLS)) },
    { weight: 1, arbitrary: fc.constantFrom("some", "programCreate", "programRun") },
  );
  const calls = fc.array(fc.record({ name: names, words }), { maxLength: 60, size: "max" });
  fc.assert(
    fc.property(calls, (list) => {
      const live = new Set<number>();
      /** Every shape there was, and those that still are. */
      const shapes: number[] = [], liveShapes = new Set<number>();
      /** The same of programs. */
      const programs: number[] = [], livePrograms = new Set<number>();
      for (const { name, words: drawn } of list) {
        const given = name === "shapeDestroy" ? shapes : PROGRAM_TAKERS.has(name) ? programs : [];
        const words = {
          ...drawn,
          number: given.at(drawn.handle % (given.length + 1)) ?? drawn.number,
          kernel: aimed(drawn.kernel, live),
        };
        const status = CALLS[name]!(symbols, words);
        assert(Number.isInteger(status) && status >= -8, `${name}: ${status}`);
        if (name === "some" && status >= 0) {
          live.add(status);
        } else if (name === "create" && status >= 0) {
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
        } else if (name === "programCreate" && status >= 0) {
          assert(!programs.includes(status), `program ${status} is given away twice`);
          const tensors = words.kernel.filter((_, i) => areTensors(words.kernel)[i]);
          assert(tensors.every((each) => live.has(each)), `program of ${words.kernel}`);
          programs.push(status);
          livePrograms.add(status);
          seen.made++;
        } else if (name === "programDestroy") {
          assertEquals(status, livePrograms.delete(words.number) ? 0 : -7, `program ${words.number}`);
        } else if (PROGRAM_TAKERS.has(name)) {
          assert(status < 0 || livePrograms.has(words.number), `${name}: program ${words.number} is dead`);
          if (status >= 0) seen.ran++;
        } else if (["destroy", "write", "read", "exponent", "exponentSet", "range"].includes(name)) {
          assert(status < 0 || live.has(words.handle), `${name}: handle ${words.handle} is dead, status ${status}`);
          if (name === "destroy") live.delete(words.handle);
        }
      }
      for (const each of livePrograms) assertEquals(symbols.eoq_program_destroy(each), 0);
      for (const shape of liveShapes) assertEquals(symbols.eoq_conv_shape_destroy(shape), 0);
      for (const handle of live) assertEquals(symbols.eoq_tensor_destroy(handle), 0);
    }),
    { numRuns: 300 },
  );
  assert(seen.made > 0 && seen.ran > 0, JSON.stringify(seen));
});
