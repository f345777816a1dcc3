import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import type { KernelName } from "../../lib/native/declarations.ts";
import { KERNEL_NAMES, LAYOUTS } from "../../lib/native/words.ts";
import { type Argument, Fixture } from "../kernels/fixture.ts";
import { create, HEADER, MAGIC, type Patch, programOf, type RawCall } from "../kernels/program_words.ts";

const NOT_LIVE = -7;

/** Three calls that need no other tensors than these, the second of them a convolution. */
function calls(fixture: Fixture): RawCall[] {
  const geometry = { height: 3, width: 3, inputs: 1, outputs: 1, kernel: 3, stride: 1, padding: 1 };
  const [x, weights, y, bias] = [9, 9, 9, 1].map((count) => fixture.tensor(new Float32Array(count).fill(1)));
  const conv = [x!, weights!, y!, fixture.shape(geometry), 1];
  return [
    { kernel: "fp32_bias_forward", args: [x!, bias!, 9, 1] },
    { kernel: "fp32_conv_forward", args: conv },
    { kernel: "int8_count_values", args: [fixture.zeros(4, "int8"), 0, fixture.zeros(2, "int64"), 4] },
  ];
}

/** Asserts that a program is refused with these words. */
function refuses(fixture: Fixture, words: Int32Array<ArrayBuffer>, message: string): void {
  assertThrows(() => fixture.library.check(create(fixture.library, words)), RunError, `kernel: ${message}`);
}

Deno.test("a program whose words are none is refused, wherever it is cut and whatever is appended", async () => {
  using fixture = await Fixture.open();
  const { library } = fixture, patches = [{ call: 0, word: 2, slot: 0 }];
  const words = programOf(calls(fixture), 1, patches), program = create(library, words);
  assertEquals(library.symbols.eoq_program_destroy(program), 0);
  for (let length = 0; length < words.length; length++) refuses(fixture, words.slice(0, length), "program: ");
  for (const more of [1, 3, 30]) refuses(fixture, Int32Array.of(...words, ...Array(more).fill(0)), "program: has ");
  const header = (at: number, value: number) => refuses(fixture, words.with(at, value), "program: ");
  for (const value of [0, -1, MAGIC + 1]) header(0, value);
  for (const at of [1, 3]) for (const value of [0, -1, words[at]! + 1, 2 ** 31 - 1, -(2 ** 31)]) header(at, value);
  for (const value of [-1, 0, 2 ** 20 + 1]) header(2, value);
  const bytes = new Uint8Array(words.buffer, 0, words.byteLength);
  for (const length of [0, 1, 15, words.byteLength - 1]) {
    assertEquals(library.symbols.eoq_program_create(bytes, BigInt(length)), NOT_LIVE);
  }
  assertEquals(library.symbols.eoq_program_create(null, 16n), NOT_LIVE);
  const large = new Int32Array(2 ** 20 + 1);
  large.set([MAGIC, 0, 0, 0]);
  refuses(fixture, large, `program: ${large.byteLength} bytes are none`);
});

Deno.test("a program names the call that could not run, and its kernel", async () => {
  using fixture = await Fixture.open();
  const list = calls(fixture), [bias, conv] = list as [RawCall, RawCall];
  const wrong = (call: number, word: number, value: Argument, message: string) => {
    const { kernel, args } = list[call]!;
    refuses(fixture, programOf(list.with(call, { kernel, args: args.with(word, value) })), `call ${call}, ${message}`);
  };
  wrong(0, 0, 9999, "fp32_bias_forward: y: 9999 is not a live tensor");
  wrong(0, 1, fixture.zeros(1, "int8"), "fp32_bias_forward: bias: is int8, must be fp32");
  wrong(0, 2, 10, "fp32_bias_forward: y: has 9 elements, needs 10");
  wrong(0, 3, 0, "fp32_bias_forward: c: 0 is less than 1");
  wrong(1, 2, conv.args[0]!, "fp32_conv_forward: y: must not be the same as x");
  wrong(1, 2, fixture.zeros(8), "fp32_conv_forward: y: has 8 elements, needs 9");
  wrong(1, 3, 12, "fp32_conv_forward: shape: 12 is not a live shape");
  wrong(1, 4, 2, "fp32_conv_forward: x: has 9 elements, needs 18");
  wrong(2, 1, -1, "int8_count_values: ");
  for (const kernel of [-1, KERNEL_NAMES.length, 2 ** 31 - 1]) {
    const words = programOf(list).with(HEADER, kernel);
    refuses(fixture, words, `call 0: no kernel has number ${kernel}`);
  }
  // The first call could run, and did not.
  assertEquals((bias.args[0] as ReturnType<Fixture["zeros"]>).read(new Float32Array(9)), new Float32Array(9).fill(1));
});

Deno.test("a slot sets numbers alone, of calls that there are", async () => {
  using fixture = await Fixture.open();
  const list = calls(fixture);
  const patched = (patch: Patch) => programOf(list, 2, [{ call: 0, word: 2, slot: 0 }, patch]);
  list.forEach(({ kernel }, call) => {
    LAYOUTS[kernel].forEach(({ kind }, word) => {
      const words = patched({ call, word, slot: 1 });
      if (["i32", "u32", "f32"].includes(kind)) {
        const program = fixture.library.check(create(fixture.library, words));
        assertEquals(fixture.library.symbols.eoq_program_destroy(program), 0);
      } else refuses(fixture, words, `program: patch 1 changes word ${word}, which is no number`);
    });
    for (const word of [-1, LAYOUTS[kernel].length, 2 ** 31 - 1, -(2 ** 31)]) {
      refuses(fixture, patched({ call, word, slot: 1 }), `program: patch 1 changes word ${word}`);
    }
  });
  for (const call of [-1, 3, 2 ** 31 - 1]) {
    refuses(fixture, patched({ call, word: 2, slot: 1 }), `program: patch 1 has call ${call} and slot 1`);
  }
  for (const slot of [-1, 2, 2 ** 31 - 1]) {
    refuses(fixture, patched({ call: 0, word: 2, slot }), `program: patch 1 has call 0 and slot ${slot}`);
  }
});

Deno.test("a number that a slot sets is checked in each run, the tensors already before", async () => {
  using fixture = await Fixture.open();
  const { library } = fixture, { symbols } = library, list = calls(fixture), patches = [{ call: 0, word: 2, slot: 0 }];
  const { kernel, args } = list[0]!;
  const without = list.with(0, { kernel, args: args.with(2, 0) });
  const program = library.check(create(library, programOf(without, 1, patches)));
  const run = (rows: number) => symbols.eoq_program_run(program, new Uint8Array(Int32Array.of(rows).buffer), 4n, 0, 3);
  assertEquals(run(9), 0);
  for (const rows of [0, -1, 10, 2 ** 31 - 1]) {
    assertThrows(() => library.check(run(rows)), RunError, "kernel: call 0, fp32_bias_forward: ");
  }
  assertEquals(run(1), 0);
  for (const length of [0, 3, 5, 8]) {
    const status = symbols.eoq_program_run(program, new Uint8Array(8), BigInt(length), 0, 3);
    assertThrows(() => library.check(status), RunError, `kernel: slots: ${length} bytes, must be 1 slots`);
  }
  assertThrows(
    () => library.check(symbols.eoq_program_run(program, null, 4n, 0, 3)),
    RunError,
    "kernel: slots: 4 bytes",
  );
  const dead = without.with(0, { kernel, args: args.with(2, 0).with(1, 9999) });
  refuses(fixture, programOf(dead, 1, patches), "call 0, fp32_bias_forward: 9999 is not a live tensor");
});

Deno.test("guesses are the kernels' own: what callers write there is forgotten", async () => {
  using fixture = await Fixture.open();
  const { library } = fixture;
  const norm = [fixture.zeros(6, "int32"), 0, fixture.zeros(4, "int8"), fixture.zeros(4, "int32"), 1];
  const kernel: KernelName = "int8_batchnorm_inference";
  const list = [{ kernel, args: [...norm, fixture.zeros(6, "int8"), 3, 2] }], words = programOf(list);
  const guess = HEADER + 1 + LAYOUTS[kernel].findIndex(({ kind }) => kind === "guess");
  assert(guess > HEADER && words[guess] === 0);
  for (const value of [-1, 99, 2 ** 31 - 1, -(2 ** 31)]) {
    const program = library.check(create(library, words.with(guess, value)));
    library.check(library.symbols.eoq_program_run(program, null, 0n, 0, 1));
    library.check(library.symbols.eoq_program_destroy(program));
  }
});

Deno.test("a program's handle is dead once it is destroyed, and no tensor's or shape's", async () => {
  using fixture = await Fixture.open();
  const { library } = fixture, { symbols } = library, empty = programOf([]);
  const seen = new Set<number>();
  for (let i = 0; i < 1000; i++) {
    const program = library.check(create(library, empty));
    assert(!seen.has(program), `program ${program} is given away twice`);
    seen.add(program);
    assertEquals(symbols.eoq_program_destroy(program), 0);
    assertEquals(symbols.eoq_program_destroy(program), NOT_LIVE);
  }
  const shape = calls(fixture)[1]!.args[3] as ReturnType<Fixture["shape"]>, program = create(library, empty);
  const others = [fixture.zeros(1).handle, shape.handle, 0, -1, 1, program + 1, program + 2 ** 16, program - 2 ** 29];
  for (const handle of [...others, 2 ** 31 - 1, -(2 ** 31)]) {
    assertEquals(symbols.eoq_program_destroy(handle), NOT_LIVE, `${handle}`);
    assertEquals(symbols.eoq_program_run(handle, null, 0n, 0, 0), NOT_LIVE, `${handle}`);
    assertEquals(symbols.eoq_program_time(handle, null, 0n, null, 0n), NOT_LIVE, `${handle}`);
  }
  assertEquals(symbols.eoq_conv_shape_destroy(program), -6);
  assertEquals(symbols.eoq_tensor_destroy(program), -2);
  assertEquals(symbols.eoq_program_destroy(program), 0);
});
