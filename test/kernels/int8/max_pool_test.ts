import { assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { NEAREST } from "../../../lib/native/words.ts";
import { shaped } from "../shapes.ts";
import { int8, integers, onEveryPath, operands, quantized, randomMask, tensorOf } from "./fixture.ts";

/** n, h, w, c, kernel, stride, padding: windows that overlap, touch, leave gaps, and reach over every edge. */
const SHAPES = [
  [2, 11, 7, 5, 3, 2, 1],
  [3, 8, 6, 64, 2, 2, 0],
  [1, 7, 9, 3, 3, 1, 2],
  [2, 6, 5, 70, 2, 3, 1],
  [1, 1, 1, 4, 3, 2, 1],
  [1, 15, 16, 2, 15, 8, 0],
] as const;

/** Taps of each window that lie on the image, in rows: [place, index into x]. */
function windows([n, h, w, c, kernel, stride, pad]: typeof SHAPES[number]): [number, number][][] {
  const taps: [number, number][][] = [];
  const size = (length: number) => Math.floor((length + 2 * pad - kernel) / stride) + 1;
  for (let image = 0; image < n; image++) {
    for (let oy = 0; oy < size(h); oy++) {
      for (let ox = 0; ox < size(w); ox++) {
        for (let channel = 0; channel < c; channel++) {
          const window: [number, number][] = [];
          for (let place = 0; place < kernel * kernel; place++) {
            const y = oy * stride - pad + Math.floor(place / kernel), x = ox * stride - pad + place % kernel;
            if (y < 0 || y >= h || x < 0 || x >= w) continue;
            window.push([place, ((image * h + y) * w + x) * c + channel]);
          }
          taps.push(window);
        }
      }
    }
  }
  return taps;
}

Deno.test("max pools take the first largest value, and errors go back to it alone", async () => {
  using library = await openLibrary();
  const next = integers(11);
  for (const shape of SHAPES) {
    const [n, h, w, c, ...window] = shape, pool = shaped(library, n, h, w, c, c, ...window);
    const inputs = n * h * w * c, taps = windows(shape);
    for (const few of [false, true]) {
      // Few values: most windows have several largest ones.
      const q = few ? Array.from({ length: inputs }, () => next(-1, 1)) : operands(next, inputs);
      const found = taps.map((window) => window.reduce((best, tap) => q[tap[1]]! > q[best[1]]! ? tap : best));
      const { keep, words } = randomMask(next, inputs);
      const dy = { q: operands(next, taps.length), exponent: -9 };
      const dx = new Int32Array(inputs);
      found.forEach(([, at], i) => dx[at]! += dy.q[i]!);

      const x = int8(library, { q, exponent: -3 }), mask = tensorOf(library, "bits", words);
      const error = int8(library, dy), sums = new Tensor(library, "int32", inputs);
      const [y, picked, places] = (["int8", "bits", "uint8"] as const).map((type) =>
        new Tensor(library, type, taps.length)
      ) as [Tensor, Tensor, Tensor];
      const expected = { q: found.map(([, at]) => q[at]!), exponent: -3 };
      onEveryPath(library, (what) => {
        library.call("int8_max_pool", { x, x_mask: undefined, y, y_mask: undefined, places: undefined, ...pool });
        assertEquals(quantized(y), expected, `${what}, ${shape}, no mask`);
        y.write(new Uint8Array(y.byteLength));
        library.call("int8_max_pool", { x, x_mask: mask, y, y_mask: picked, places, ...pool });
        assertEquals(quantized(y), expected, `${what}, ${shape}`);
        assertEquals([...places.read(new Uint8Array(taps.length))], found.map(([place]) => place));
        const bits = picked.read(new BigUint64Array(Math.ceil(taps.length / 64)));
        found.forEach(([, at], i) =>
          assertEquals(bits[i >> 6]! >> BigInt(i & 63) & 1n, keep[at], `${what}, ${shape}, bit ${i}`)
        );
        library.call("int8_max_pool_backward", { dy: error, places, dx: sums, ...pool });
        assertEquals(sums.read(new Int32Array(inputs)), dx, `${what}, ${shape}`);
        assertEquals(sums.exponent, -9);
      });
      for (const tensor of [x, mask, error, sums, y, picked, places]) tensor.close();
    }
  }
});

Deno.test("the sums of a pool's errors are quantized with their exact extremes", async () => {
  using library = await openLibrary();
  // Four windows share the pixel in the middle of 3x3, and all take it.
  const pool = shaped(library, 1, 3, 3, 1, 1, 2);
  const x = int8(library, { q: [0, 0, 0, 0, 1, 0, 0, 0, 0], exponent: 0 });
  const mask = tensorOf(library, "bits", new BigUint64Array([0x1ffn]));
  const [y, picked, places] = [
    new Tensor(library, "int8", 4),
    new Tensor(library, "bits", 4),
    new Tensor(library, "uint8", 4),
  ];
  const sums = new Tensor(library, "int32", 9), dx = new Tensor(library, "int8", 9);
  library.call("int8_max_pool", { x, x_mask: mask, y, y_mask: picked, places, ...pool });
  for (const [value, q, exponent] of [[127, 127, 2], [-127, -127, 2], [31, 124, 0]] as const) {
    const error = int8(library, { q: Array<number>(4).fill(value), exponent: 0 });
    library.call("int8_max_pool_backward", { dy: error, places, dx: sums, ...pool });
    library.call("int8_quantize", { x: sums, y: dx, quantizer: NEAREST, count: 9 });
    assertEquals(quantized(dx), { q: [0, 0, 0, 0, q, 0, 0, 0, 0], exponent });
    error.close();
  }
  for (const tensor of [x, mask, y, picked, places, sums, dx]) tensor.close();
});
