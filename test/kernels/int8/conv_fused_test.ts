import { assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor, type TensorType } from "../../../lib/native/tensor.ts";
import { shaped } from "../shapes.ts";
import { call, int8, integers, onEveryPath, operands, tensorOf } from "./fixture.ts";
import { outputs, type Shape } from "./reference.ts";

/** Sums of half a MiB and more, which are worth quantizing in the cache, and rows that cannot be cut for that. */
const SHAPES: readonly Shape[] = [
  { n: 9, h: 32, w: 32, c: 4, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 5, h: 32, w: 32, c: 16, k: 32, kernel: 3, stride: 2, pad: 1 },
  { n: 3, h: 28, w: 28, c: 64, k: 64, kernel: 1, stride: 1, pad: 0 },
  { n: 7, h: 35, w: 35, c: 17, k: 19, kernel: 3, stride: 1, pad: 1 },
];

/** What one run left, byte by byte. */
function results(...tensors: Tensor[]): { exponents: number[]; bytes: Uint8Array[] } {
  return {
    exponents: tensors.map(({ exponent }) => exponent),
    bytes: tensors.map((tensor) => tensor.read(new Uint8Array(tensor.byteLength))),
  };
}

/** Not by assertEquals: it takes a second for a million elements. */
function firstDifference(a: Uint8Array[], b: Uint8Array[]): string | undefined {
  for (const [tensor, bytes] of a.entries()) {
    const at = bytes.findIndex((byte, i) => byte !== b[tensor]![i]);
    if (at >= 0) return `tensor ${tensor}, byte ${at}: ${bytes[at]} and ${b[tensor]![at]}`;
  }
}

Deno.test("a convolution fused with its quantizer gives what the two calls give, whatever it guessed", async () => {
  using library = await openLibrary();
  const next = integers(11);
  for (const shape of SHAPES) {
    const { n, h, w, c, k, kernel, stride, pad } = shape;
    const geometry = shaped(library, n, h, w, c, k, kernel, stride, pad);
    const [oh, ow] = outputs(shape);
    const [inputs, count] = [n * h * w * c, n * oh * ow * k];
    const make = (type: TensorType, elements: number) => new Tensor(library, type, elements);
    const x = int8(library, { q: operands(next, inputs), exponent: -8 });
    const dy = int8(library, { q: operands(next, count), exponent: -12 });
    const skip = int8(library, { q: operands(next, inputs), exponent: -14 });
    const weights = int8(library, { q: operands(next, k * kernel * kernel * c), exponent: -7 });
    const scalars = tensorOf(library, "int16", Int16Array.from([3000, -1500]));
    const masks = BigUint64Array.from(
      { length: Math.ceil(inputs / 64) },
      () => BigInt(next(0, 2 ** 31)) * 0x1_0000_0001n,
    );
    const below = tensorOf(library, "bits", masks);
    const [y, dx, mask] = [make("int8", count), make("int8", inputs), make("bits", count)];
    const [sums, back, gradients] = [make("int32", count), make("int32", inputs), make("int64", 4)];

    /** Every fused call, and the two calls that it stands for. */
    const pairs: [string, () => void, () => void, Tensor][] = [
      ["forward_activate", () => {
        call(library, "eoq_int8_conv_forward_activate", x, weights, scalars, 0, 1, sums, y, mask, ...geometry);
      }, () => {
        call(library, "eoq_int8_conv_forward", x, weights, scalars, 0, 1, sums, ...geometry);
        call(library, "eoq_int8_activate", sums, scalars, 1, y, mask, count);
      }, y],
      ["forward_quantize", () => {
        call(library, "eoq_int8_conv_forward_quantize", x, weights, sums, y, ...geometry);
      }, () => {
        call(library, "eoq_int8_conv_forward", x, weights, 0, -1, 0, sums, ...geometry);
        call(library, "eoq_int8_quantize", sums, y, count);
      }, y],
      ["backward_data_activate", () => {
        const arguments_ = [dy, weights, below, back, gradients, 1, 0, dx, ...geometry];
        call(library, "eoq_int8_conv_backward_data_activate", ...arguments_);
      }, () => {
        call(library, "eoq_int8_conv_backward_data", dy, weights, back, ...geometry);
        call(library, "eoq_int8_activate_backward", back, below, gradients, 1, 0, dx, inputs);
      }, dx],
      ...([[1, c, 0], [1, c, 1], [2, c + 3, 1]] as const).map((way): [string, () => void, () => void, Tensor] => [
        `backward_data_block with a shortcut of stride, channels, behind the bias ${way}`,
        () => {
          const shortcut = way[0] === 1 ? skip : wide;
          const [around] = shaped(library, n, h, w, c, way[1], 1, way[0]);
          const arguments_ = [dy, weights, shortcut, below, way[2], back, gradients, 1, 0, dx, geometry[0], around, n];
          call(library, "eoq_int8_conv_backward_data_block", ...arguments_);
        },
        () => {
          const shortcut = way[0] === 1 ? skip : wide;
          call(library, "eoq_int8_conv_backward_data", dy, weights, back, ...geometry);
          const around = shaped(library, n, h, w, c, way[1], 1, way[0]);
          call(library, "eoq_int8_block_backward", back, shortcut, below, way[2], gradients, 1, 0, dx, ...around);
        },
        dx,
      ]),
    ];
    const wide = int8(library, {
      q: operands(next, n * Math.ceil(h / 2) * Math.ceil(w / 2) * (c + 3)),
      exponent: -16,
    });
    onEveryPath(library, (what) => {
      for (const [name, fused, apart, result] of pairs) {
        apart();
        const expected = results(result, mask, gradients);
        for (const guess of ["whatever came before", "the exact shift"]) {
          result.write(new Uint8Array(result.byteLength));
          gradients.write(new Uint8Array(gradients.byteLength));
          if (name.startsWith("forward")) expected.bytes[2]!.fill(0);
          fused();
          const { exponents, bytes } = results(result, mask, gradients);
          assertEquals(firstDifference(bytes, expected.bytes), undefined, `${name}, ${what}, ${guess}`);
          assertEquals(exponents, expected.exponents, `${name}, ${what}, ${guess}`);
        }
      }
    });
    for (const tensor of [x, dy, skip, wide, weights, scalars, below, y, dx, mask, sums, back, gradients]) {
      tensor.close();
    }
  }
});
