import { assertEquals, assertThrows } from "@std/assert";
import { KERNELS, RECORDS } from "../../lib/native/declarations.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { Executable, Recorder } from "../../lib/native/program.ts";
import { entriesOf } from "../../lib/native/signature.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import { flatten, KERNEL_NAMES, LAYOUTS, NEAREST, Slot, WordBuffer } from "../../lib/native/words.ts";
import { RunError } from "../../lib/errors.ts";

const PLACE = { layer: "conv", phase: "forward" } as const;

Deno.test("a call has one word for each of its kernel's, and those of a record where the record stands", () => {
  for (const kernel of KERNEL_NAMES) {
    const entries = entriesOf(KERNELS[kernel]);
    const records = entries.filter(({ kind }) => kind in RECORDS);
    const inner = records.reduce((sum, { kind }) => sum + entriesOf(RECORDS[kind as keyof typeof RECORDS]).length, 0);
    assertEquals(LAYOUTS[kernel].length, entries.length - records.length + inner, kernel);
  }
  const names = LAYOUTS.int8_quantize.map(({ name }) => name);
  const record = entriesOf(RECORDS.quantizer).map(({ name }) => `quantizer.${name}`);
  assertEquals(names, ["x", "y", ...record, "count"]);
});

Deno.test("words are named: their order in the source does not matter, and a missing or unknown one is a type error", async () => {
  using library = await openLibrary();
  const x = new Tensor(library, "int32", 3), y = new Tensor(library, "int8", 3);
  const one = flatten("int8_quantize", { x, y, quantizer: NEAREST, count: 3 });
  assertEquals(one, flatten("int8_quantize", { count: 3, quantizer: NEAREST, y, x }));
  assertEquals([one[0], one[1], one.at(-1)], [x, y, 3]);
  // @ts-expect-error count is missing
  flatten("int8_quantize", { x, y, quantizer: NEAREST });
  // @ts-expect-error a number is no tensor
  flatten("int8_quantize", { x: 1, y, quantizer: NEAREST, count: 3 });
  // @ts-expect-error an int8 kernel has no fp32 word
  flatten("int8_quantize", { x, y, quantizer: NEAREST, count: 3, epsilon: 1 });
  // @ts-expect-error no kernel has this name
  assertThrows(() => library.call("int8_quantise", { x, y, quantizer: NEAREST, count: 3 }));
});

Deno.test("numbers are written as their kinds: a float's bits, and whole numbers up to 2^32 - 1", () => {
  const buffer = new WordBuffer(3), view = new DataView(buffer.bytes.buffer);
  buffer.set(0, "f32", 0.1);
  buffer.set(1, "u32", 2 ** 32 - 1);
  buffer.set(2, "i32", -(2 ** 31));
  assertEquals([view.getFloat32(0, true), view.getUint32(4, true), view.getInt32(8, true)], [
    Math.fround(0.1),
    2 ** 32 - 1,
    -(2 ** 31),
  ]);
});

Deno.test("a slot is a number of a program's run, and of nothing else", async () => {
  using library = await openLibrary();
  const x = new Tensor(library, "int32", 4), y = new Tensor(library, "int8", 4), n = new Slot("n");
  assertThrows(
    () => library.call("int8_quantize", { x, y, quantizer: NEAREST, count: n }),
    RunError,
    "count is a slot",
  );
  const recorder = new Recorder(library);
  assertThrows(
    () => recorder.call("int8_quantize", { x, y, quantizer: NEAREST, count: 4 }, PLACE),
    RunError,
    "no program is recorded",
  );
  const program = recorder.record(() => recorder.call("int8_quantize", { x, y, quantizer: NEAREST, count: n }, PLACE));
  const executable = new Executable(library, program);
  x.write(new Int32Array([1, 2, 3, 4]));
  assertThrows(() => executable.run({}), RunError, "slot n has no value");
  executable.run({ n: 2 });
  assertEquals([...y.read(new Int8Array(4))], [1, 2, 0, 0]);
  executable.run({ n: 4 });
  assertEquals([...y.read(new Int8Array(4))], [1, 2, 3, 4]);
  executable.close();
});

Deno.test("a slot that stands for a float and for a whole number is refused", async () => {
  using library = await openLibrary();
  const rate = new Slot("rate"), recorder = new Recorder(library);
  const w = new Tensor(library, "fp32", 4), v = new Tensor(library, "fp32", 4), g = new Tensor(library, "fp32", 4);
  const program = recorder.record(() =>
    recorder.call("fp32_sgd_step", {
      weights: w,
      velocity: v,
      gradient: g,
      learning_rate: rate,
      momentum: 0.9,
      decay: 0,
      nesterov: 0,
      count: rate,
    }, PLACE)
  );
  assertThrows(() => new Executable(library, program), TypeError, "slot rate is f32 and i32");
});
