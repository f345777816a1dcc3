import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { RunError } from "../../lib/errors.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { Arena, type Lifetime, lifetimesOf, peakOf, planMemory } from "../../lib/native/memory.ts";
import { Executable, type Program, Recorder } from "../../lib/native/program.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import { NEAREST } from "../../lib/native/words.ts";

const PLACE = { layer: "conv", phase: "forward" } as const;

/** Tensors that nobody runs anything with. */
const drawn = fc.array(
  fc.record({ blocks: fc.integer({ min: 1, max: 9 }), first: fc.nat(20), length: fc.nat(8), spare: fc.boolean() }),
  { minLength: 1, maxLength: 40, size: "max" },
);

Deno.test("memory: no two tensors that live at the same time overlap, whatever they are", async () => {
  using library = await openLibrary();
  fc.assert(fc.property(drawn, (list) => {
    const lifetimes = list.map(({ blocks, first, length, spare }): Lifetime => ({
      tensor: new Tensor(library, "int8", 64 * blocks, true),
      bytes: 64 * blocks,
      first,
      last: first + length,
      word: "y",
      place: PLACE,
      spare,
    }));
    const { bytes, offsets, lowerBound } = planMemory(lifetimes);
    assertEquals(offsets.size, lifetimes.length);
    for (const a of lifetimes) {
      const start = offsets.get(a.tensor)!;
      assert(start >= 0 && start % 64 === 0 && start + a.bytes <= bytes);
      for (const b of lifetimes) {
        if (a === b || a.last < b.first || b.last < a.first) continue;
        const other = offsets.get(b.tensor)!;
        assert(start + a.bytes <= other || other + b.bytes <= start, `${start} + ${a.bytes}, ${other} + ${b.bytes}`);
      }
    }
    // The bound, call by call; and no greedy plan of so few tensors is twice as large, nor is what is written to of one.
    const calls = Array.from(
      { length: 30 },
      (_, call) =>
        lifetimes.reduce((sum, { bytes, first, last }) => first <= call && call <= last ? sum + bytes : sum, 0),
    );
    assertEquals(lowerBound, Math.max(...calls));
    const { bytes: all } = planMemory(lifetimes.map((each) => ({ ...each, spare: false })));
    assert(all >= lowerBound && all < 2 * lowerBound, `${all} bytes, bound ${lowerBound}`);
    const written = lifetimes.filter(({ spare }) => !spare), plan = planMemory(written);
    assert(plan.bytes <= 2 * plan.lowerBound, `${plan.bytes} bytes, bound ${plan.lowerBound}`);
    assertEquals(
      written.map(({ tensor }) => offsets.get(tensor)),
      written.map(({ tensor }) => plan.offsets.get(tensor)),
    );
  }));
});

Deno.test("memory: tensors are laid out as by hand", async () => {
  using library = await openLibrary();
  const tensor = (count: number) => new Tensor(library, "int8", count, true);
  const [a, b, c, d] = [tensor(640), tensor(64), tensor(600), tensor(65)];
  const of = (tensor: Tensor, first: number, last: number): Lifetime => {
    const bytes = Math.ceil(tensor.byteLength / 64) * 64;
    return { tensor, bytes, first, last, word: "y", place: PLACE };
  };
  // a and c never live together; d lives with both, b with a and d.
  const lifetimes = [of(a, 0, 2), of(b, 1, 3), of(c, 3, 4), of(d, 0, 9)];
  const { bytes, offsets, lowerBound } = planMemory(lifetimes);
  assertEquals([a, b, c, d].map((each) => offsets.get(each!)), [0, 640 + 128, 0, 640]);
  assertEquals([bytes, lowerBound], [640 + 128 + 64, 640 + 128 + 64]);
  const { call, live } = peakOf(lifetimes);
  assertEquals([call, live.map(({ tensor }) => tensor)], [1, [a, d, b]]);
});

/** sums -> y -> z: the quantized sums of a pass over x, twice. */
function record(library: Recorder, x: Tensor, [sums, y, z]: readonly [Tensor, Tensor, Tensor]): Program {
  return library.record(() => {
    library.call("int8_quantize", { x, y, quantizer: NEAREST, count: 8 }, PLACE);
    library.call("int8_quantize", { x: sums, y: z, quantizer: NEAREST, count: 8 }, {
      layer: "last",
      phase: "backward",
    });
  });
}

Deno.test("memory: lifetimes are those of planned tensors, and one that is read first is no such", async () => {
  using library = await openLibrary();
  const recorder = new Recorder(library);
  const own = new Tensor(library, "int32", 8), planned = (type: "int8" | "int32") => new Tensor(library, type, 8, true);
  const [y, z] = [planned("int8"), planned("int8")];
  const lifetimes = lifetimesOf(record(recorder, own, [own, y, z]));
  assertEquals(lifetimes, [
    { tensor: y, bytes: 64, first: 0, last: 0, word: "y", place: PLACE },
    { tensor: z, bytes: 64, first: 1, last: 1, word: "y", place: { layer: "last", phase: "backward" } },
  ]);
  assertThrows(
    () => lifetimesOf(record(recorder, own, [planned("int32"), y, z])),
    TypeError,
    "call 1, int8_quantize: reads x, which no call has written",
  );
});

Deno.test("memory: a tensor in another one has its bytes, within its bounds", async () => {
  using library = await openLibrary();
  const arena = new Tensor(library, "int64", 32), inner = new Tensor(library, "int8", 100, true);
  assertThrows(() => inner.handle, RunError, "a planned int8 tensor has no memory");
  assertThrows(() => arena.place(arena, 0), TypeError, "a tensor with memory of its own has no place");
  const refused = (offset: number, message: string) =>
    assertThrows(() => inner.place(arena, offset), RunError, message);
  refused(32, "offset: 32 is no multiple of 64");
  refused(192, "arena: bytes 192..292 lie outside its 256");
  refused(320, "arena: bytes 320..420 lie outside its 256");
  inner.place(arena, 128);
  inner.write(new Int8Array(100).fill(7));
  assertEquals(
    [...arena.read(new Uint8Array(256))].map((each, i) => each === (i >= 128 && i < 228 ? 7 : 0)).includes(false),
    false,
  );
  // Its memory stays as long as it does.
  arena.close();
  assertEquals(inner.read(new Int8Array(100)), new Int8Array(100).fill(7));
  inner.close();
  inner.close();
  assertThrows(() => inner.handle, RunError);
});

Deno.test("memory: of a place that nothing was written to, anything is expected", async () => {
  using library = await openLibrary();
  const arena = new Tensor(library, "int64", 64), y = new Tensor(library, "int8", 64);
  const [x, bytes] = [new Tensor(library, "int32", 64, true), new Tensor(library, "int8", 64, true)];
  for (const each of [x, bytes]) each.place(arena, 0);
  assertEquals([x.range, bytes.range], [[-(2 ** 31), 2 ** 31 - 1], [-128, 127]]);
  const call = () => library.call("int8_quantize", { x, y, quantizer: NEAREST, count: 64 });
  assertThrows(call, RunError, "x: holds values beyond");
  x.write(Int32Array.from({ length: 64 }, (_, i) => i - 3));
  assertEquals(x.range, [-3, 60]);
  call();
});

Deno.test("memory: a call refuses tensors that share bytes where it refuses one for both", async () => {
  using library = await openLibrary();
  const arena = new Tensor(library, "int64", 64);
  const [x, y] = [new Tensor(library, "int32", 64, true), new Tensor(library, "int8", 64, true)];
  const words = { x, y, quantizer: NEAREST, count: 64 }, apart = { ...words, x: new Tensor(library, "int32", 64) };
  const call = () => library.call("int8_quantize", words);
  const recorder = new Recorder(library);
  const program = recorder.record(() => {
    for (const each of [apart, words]) recorder.call("int8_quantize", each, PLACE);
  });
  x.place(arena, 0);
  x.write(new Int32Array(64));
  for (const offset of [0, 64, 192]) {
    y.place(arena, offset);
    assertThrows(call, RunError, `tensor ${y.handle} is written and shares bytes with ${x.handle}`);
    const text = `call 1, int8_quantize: tensor ${y.handle} is written and shares bytes with ${x.handle}`;
    assertThrows(() => new Executable(library, program), RunError, text);
  }
  y.place(arena, 256);
  call();
  const executable = new Executable(library, program);
  executable.run({});
  // Another tensor under the same handle: found out in the next run.
  const { handle } = y;
  y.place(arena, 64);
  assertEquals(y.handle, handle);
  assertThrows(() => executable.run({}), RunError, "call 1, int8_quantize: tensor");
  y.place(arena, 320);
  assertEquals(y.handle, handle);
  executable.run({});
  executable.close();
});

Deno.test("memory: an arena grows for a program that needs more, and tells those that lie in it", async () => {
  using library = await openLibrary();
  const arena = new Arena(library);
  const plan = (count: number) => {
    const tensor = new Tensor(library, "int8", count, true);
    return { tensor, plan: { bytes: count, offsets: new Map([[tensor, 0]]), lowerBound: count } };
  };
  const left: string[] = [];
  const [small, large, last] = [plan(128), plan(640), plan(64)];
  arena.add(small.plan, () => left.push("small"));
  const { handle } = small.tensor;
  arena.add(large.plan, () => left.push("large"));
  assertEquals([left, arena.byteLength], [["small"], 640]);
  arena.add(last.plan, () => left.push("last"));
  assertEquals([left.length, arena.byteLength], [1, 640]);
  // All have the same memory, one after the other.
  last.tensor.write(new Int8Array(64).fill(5));
  assertEquals(small.tensor.read(new Int8Array(64)), new Int8Array(64).fill(5));
  assertEquals(large.tensor.read(new Int8Array(64)), new Int8Array(64).fill(5));
  arena.close();
  for (const { tensor } of [small, large, last]) assertThrows(() => tensor.handle, RunError);
  assert(handle > 0);
});
