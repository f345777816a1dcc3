import { assertEquals, assertThrows } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { onEveryPath, quantized, tensorOf } from "./fixture.ts";

Deno.test("every byte becomes half of itself, or itself without 128, in steps of 2^-6", async () => {
  using library = await openLibrary();
  const bytes = Uint8Array.from({ length: 8_209 }, (_, i) => i % 256);
  const images = tensorOf(library, "uint8", bytes);
  const x = new Tensor(library, "int8", bytes.length);
  const halves = Array.from(bytes, (byte) => byte >> 1);
  const centered = Array.from(bytes, (byte) => Math.max(-127, byte - 128));
  onEveryPath(library, (what) => {
    for (const [offset, q] of [[0, halves], [128, centered]] as const) {
      library.call("int8_input", { images, offset, x, count: bytes.length });
      assertEquals(quantized(x), { q, exponent: -6 }, what);
    }
  });
  assertThrows(
    () => library.call("int8_input", { images, offset: 127, x, count: 1 }),
    Error,
    "offset: 127 is not 0 or 128",
  );
  images.close();
  x.close();
});
