import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import { ConvShape, type Geometry } from "../../lib/native/conv_shape.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { Tensor } from "../../lib/native/tensor.ts";

const VALID: Geometry = { height: 5, width: 4, inputs: 3, outputs: 6, kernel: 3, stride: 2, padding: 1 };

/** By our word: the header's, and the least and the most that can be. */
const SIZES: readonly (readonly [keyof Geometry, string, number, number])[] = [
  ["height", "h", 1, 2 ** 20],
  ["width", "w", 1, 2 ** 20],
  ["inputs", "c", 1, 2 ** 20],
  ["outputs", "k", 1, 2 ** 20],
  ["kernel", "kernel", 1, 31],
  ["stride", "stride", 1, 8],
  ["padding", "pad", 0, 2],
];

Deno.test("a shape names the size that is wrong", async () => {
  using library = await openLibrary();
  for (const [size, name, least, most] of SIZES) {
    for (const value of [least - 1, most + 1, 2 ** 31 - 1, -(2 ** 31)]) {
      assertThrows(
        () => new ConvShape(library, { ...VALID, [size]: value }),
        RunError,
        `kernel: ${name}: ${value} is not in ${least}..${most}`,
      );
    }
  }
  assertThrows(
    () => new ConvShape(library, { ...VALID, height: 1, padding: 0 }),
    RunError,
    "kernel: kernel: 3 does not",
  );
  assertThrows(
    () => new ConvShape(library, { ...VALID, height: 2 ** 20, width: 2 ** 20 }),
    RunError,
    "kernel: input: ",
  );
  assertThrows(() => new ConvShape(library, { ...VALID, outputs: 2 ** 20, inputs: 2 ** 18 }), RunError, "weights: ");
});

Deno.test("a shape takes as many images as its tensors have elements for", async () => {
  using library = await openLibrary();
  const shape = new ConvShape(library, { ...VALID, height: 1024, width: 1024, kernel: 1, padding: 0, stride: 1 });
  const x = new Tensor(library, "int8", 1), y = new Tensor(library, "int32", 1);
  const refusal = (n: number, words: string) =>
    assertThrows(
      () => library.call("int8_conv_backward_weights", { x, dy: x, fine: undefined, dw: y, shape, n }),
      RunError,
      words,
    );
  for (const n of [0, -1, 2 ** 20 + 1, 2 ** 31 - 1, -(2 ** 31)]) refusal(n, `kernel: n: ${n} is not in 1..1048576`);
  refusal(2 ** 20, "kernel: input: 1048576x1024x1024x3 elements pass 2^31 - 1");
  refusal(600, "kernel: output: 600x1024x1024x6 elements pass 2^31 - 1");
  for (const each of [shape, x, y]) each.close();
});

Deno.test("a shape's handle is dead once it is closed, though another shape takes its place", async () => {
  using library = await openLibrary();
  const { symbols } = library;
  const first = new ConvShape(library, VALID);
  const seen = new Set([first.handle]);
  first.close();
  for (let i = 0; i < 1000; i++) {
    const next = new ConvShape(library, VALID);
    assert(!seen.has(next.handle));
    seen.add(next.handle);
    assertEquals(symbols.eoq_conv_shape_destroy(first.handle), -6);
    next.close();
    next.close();
    assertEquals(symbols.eoq_conv_shape_destroy(next.handle), -6);
  }
});

Deno.test("a tensor is no shape, and a shape no tensor", async () => {
  using library = await openLibrary();
  const tensor = new Tensor(library, "int8", 1), shape = new ConvShape(library, VALID);
  assertThrows(
    () => library.check(library.symbols.eoq_conv_shape_destroy(tensor.handle)),
    RunError,
    "not a live shape",
  );
  assertThrows(() => library.check(library.symbols.eoq_tensor_destroy(shape.handle)), RunError, "not a live tensor");
  for (const each of [tensor, shape]) each.close();
});

Deno.test("many shapes live at once, and more than 65536 do not", async () => {
  using library = await openLibrary();
  const shapes: ConvShape[] = [];
  const error = assertThrows(() => {
    for (;;) shapes.push(new ConvShape(library, VALID));
  }, RunError);
  assertEquals(error.message, "kernel: no memory for more than 65536 shapes");
  assertEquals(new Set(shapes.map(({ handle }) => handle)).size, shapes.length);
  assert(shapes.length > 65536 - 1000);
  for (const shape of shapes) shape.close();
  new ConvShape(library, VALID).close();
});
