import { assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import type { Tensor } from "../../lib/native/tensor.ts";
import { Fixture } from "./fixture.ts";
import { create, programOf } from "./program_words.ts";

const GEOMETRY = { height: 5, width: 5, inputs: 4, outputs: 6, kernel: 3, stride: 1, padding: 1 };
const PIXELS = 100, SUMS = 150;

/** A lane: bytes of an image, its int8 form, a convolution of it. */
interface Lane {
  readonly program: number;
  readonly images: Tensor;
  readonly x: Tensor;
  readonly sums: Tensor;
}

interface Lanes {
  readonly fixture: Fixture;
  readonly weights: Tensor;
  readonly lanes: readonly Lane[];
  readonly symbols: Fixture["library"]["symbols"];
}

async function withLanes(count: number, test: (lanes: Lanes) => void): Promise<void> {
  using fixture = await Fixture.open();
  const { library } = fixture, { symbols } = library;
  const weights = fixture.zeros(216, "int8");
  weights.write(Int8Array.from({ length: 216 }, (_, i) => i % 7 - 3));
  const shape = fixture.shape(GEOMETRY);
  const lanes = Array.from({ length: count }, () => {
    const images = fixture.zeros(PIXELS, "uint8"), x = fixture.zeros(PIXELS, "int8");
    const sums = fixture.zeros(SUMS, "int32");
    const program = library.check(create(
      library,
      programOf([
        { kernel: "int8_input", args: [images, 0, x, PIXELS] },
        { kernel: "int8_conv_forward", args: [x, weights, 0, -1, 0, sums, shape, 1] },
      ]),
    ));
    return { program, images, x, sums };
  });
  test({ fixture, weights, lanes, symbols });
}

const wordsOf = (lanes: readonly Lane[], items: number, changed = (words: number[]) => words) =>
  Int32Array.from(changed([
    ...[lanes.length, 1, 1, items],
    ...lanes.flatMap(({ program, images, sums }) => [program, images.handle, sums.handle]),
  ]));

const OUTPUT = 4 + 4 * SUMS;

/** The status of a call whose buffers are of the right size, unless told otherwise. */
function run(
  { symbols }: Lanes,
  words: Int32Array<ArrayBuffer> | null,
  from: Uint8Array<ArrayBuffer> | null,
  to: Uint8Array<ArrayBuffer> | null,
  slots = 0,
): number {
  const size = (array: ArrayBufferView | null) => BigInt(array?.byteLength ?? 0);
  const bytes = words && new Uint8Array(words.buffer, 0, words.byteLength);
  return symbols.eoq_program_each(
    bytes,
    size(words),
    new Uint8Array(slots),
    BigInt(slots),
    from,
    size(from),
    to,
    size(to),
  );
}

const images = (items: number) => Uint8Array.from({ length: items * PIXELS }, (_, i) => (i * 37 + (i >> 5) * 11) & 255);

Deno.test("each item of a program has the outputs of a run of its own, whatever lanes and threads there are", async () => {
  for (const count of [1, 2, 4]) {
    await withLanes(count, (all) => {
      const { fixture: { library }, lanes, symbols, weights } = all;
      // Guards behind the outputs: nothing is written there.
      for (const items of [1, 2, 33]) {
        const from = images(items);
        const expected = Array.from({ length: items }, (_, item) => {
          const { program, images, sums } = lanes[0]!;
          images.write(from.subarray(item * PIXELS, (item + 1) * PIXELS));
          library.check(symbols.eoq_program_run(program, null, 0n, 0, 2));
          return { exponent: sums.exponent, sums: sums.read(new Int32Array(SUMS)) };
        });
        for (const threads of [1, 2, 4, 7]) {
          library.setThreads(threads);
          const room = new Uint8Array(items * OUTPUT + 64).fill(99), to = room.subarray(0, items * OUTPUT);
          assertEquals(run(all, wordsOf(lanes, items), from, to), 0);
          const found = expected.map((_, item) => ({
            exponent: new DataView(room.buffer).getInt32(item * OUTPUT, true),
            sums: new Int32Array(room.slice(item * OUTPUT + 4, (item + 1) * OUTPUT).buffer),
          }));
          assertEquals(found, expected, `${count} lanes, ${items} items, ${threads} threads`);
          assertEquals(room.subarray(items * OUTPUT), new Uint8Array(64).fill(99));
        }
        // What was packed is of that call alone.
        weights.write(weights.read(new Int8Array(216)).map((weight) => (weight + 5) % 7 - 3));
      }
    });
  }
});

Deno.test("lanes that are none, or share what they write, are refused before anything runs", () =>
  withLanes(3, (all) => {
    const { fixture, lanes } = all, { library } = fixture, from = images(2), to = new Uint8Array(2 * OUTPUT).fill(7);
    const refused = (words: Int32Array<ArrayBuffer> | null, message: string) =>
      assertThrows(() => library.check(run(all, words, from, to)), RunError, `kernel: ${message}`);
    const changed = (at: number, value: number) => wordsOf(lanes, 2, (words) => words.with(at, value));
    for (const value of [0, -1, 257, 2 ** 31 - 1, -(2 ** 31)]) refused(changed(0, value), "lanes: ");
    refused(changed(0, 2), "words: ");
    for (const at of [1, 2]) {
      for (const value of [-1, 17, 2 ** 31 - 1]) refused(changed(at, value), at === 1 ? "inputs: " : "outputs: ");
      refused(changed(at, 2), "words: ");
    }
    for (const value of [0, -1]) refused(changed(3, value), "items: ");
    refused(changed(3, 3), "from: ");
    for (let length = 0; length < 13; length++) refused(wordsOf(lanes, 2).slice(0, length), "words: ");
    refused(null, "words: ");
    for (const value of [0, -1, 5, 2 ** 31 - 1]) {
      refused(changed(4, value), `program: ${value} is not a live program`);
      refused(changed(5, value === 5 ? 9999 : value), "lane 0: ");
      refused(changed(9, value === 5 ? 9999 : value), "lane 1: ");
    }
    refused(changed(5, lanes[0]!.x.handle), "lane 0: input 0 is not uint8 or int16");
    refused(changed(7, lanes[0]!.program), "tensor ");
    refused(changed(8, lanes[0]!.images.handle), "tensor ");
    refused(changed(9, lanes[0]!.sums.handle), "lane 1: output 0 is of lane 0");
    refused(changed(6, lanes[0]!.x.handle), "lane 1: is not like the first one");
    const short = new Uint8Array(2 * OUTPUT - 1), words = wordsOf(lanes, 2);
    const cases = [[from.subarray(1), to], [null, to], [from, short], [from, null]] as const;
    for (const [some, room] of cases) {
      assertThrows(
        () => library.check(run(all, words, some as typeof from, room)),
        RunError,
        "bytes, must be 2 items of",
      );
    }
    assertThrows(
      () => library.check(run(all, words, from, to, 4)),
      RunError,
      "kernel: slots: 4 bytes, must be 0 slots",
    );
    assertEquals(to, new Uint8Array(2 * OUTPUT).fill(7));
    // Two convolutions that differ.
    const { images: own, x, sums } = lanes[1]!;
    const other = fixture.library.check(create(
      library,
      programOf([{ kernel: "int8_input", args: [own, 0, x, PIXELS] }, { kernel: "int8_input", args: [own, 0, x, 5] }]),
    ));
    refused(wordsOf([lanes[0]!, { program: other, images: own, x, sums }], 2), "lane 1: is not like the first one");
    assertEquals(run(all, words, from, to), 0);
  }));
