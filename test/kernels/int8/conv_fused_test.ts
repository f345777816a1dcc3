import { assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor, type TensorType } from "../../../lib/native/tensor.ts";
import { NEAREST } from "../../../lib/native/words.ts";
import { shaped } from "../shapes.ts";
import { callGuessing, int8, integers, onEveryPath, operands, tensorOf } from "./fixture.ts";
import { outputs, type Shape } from "./reference.ts";

interface Case extends Shape {
  /** What all of the sources and all of the weights are, where they are not drawn. */
  readonly all?: readonly [number, number];
  /** Whether all of the sources but the last image's are small, so that what is known of sums is not enough there. */
  readonly late?: boolean;
}

/** Rows of 84 pixels, which are no whole tiles of 48 channels. */
const CUT: Shape = { n: 4, h: 28, w: 30, c: 48, k: 48, kernel: 1, stride: 1, pad: 0 };

/**
 * Sums of half a MiB and more, which are worth quantizing in the cache, and rows that cannot be cut for that. 1x1 of one
 * vector, of two and of more; of more elements than sums of sums have room for; kernels of several rows that read a
 * copy; of equal sums, none of which is larger than those that are known.
 */
const SHAPES: readonly Case[] = [
  { n: 9, h: 32, w: 32, c: 4, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 5, h: 32, w: 32, c: 16, k: 32, kernel: 3, stride: 2, pad: 1 },
  { n: 3, h: 28, w: 28, c: 64, k: 64, kernel: 1, stride: 1, pad: 0 },
  { n: 9, h: 32, w: 32, c: 27, k: 16, kernel: 1, stride: 1, pad: 0 },
  { n: 9, h: 32, w: 32, c: 16, k: 32, kernel: 1, stride: 1, pad: 0 },
  { n: 1, h: 18, w: 16, c: 512, k: 72, kernel: 1, stride: 1, pad: 0 },
  { n: 9, h: 32, w: 32, c: 3, k: 16, kernel: 3, stride: 1, pad: 1 },
  { n: 12, h: 27, w: 28, c: 5, k: 16, kernel: 5, stride: 1, pad: 2 },
  { n: 9, h: 31, w: 64, c: 8, k: 32, kernel: 1, stride: 2, pad: 0 },
  CUT,
  { ...CUT, late: true },
  { n: 3, h: 28, w: 28, c: 64, k: 64, kernel: 1, stride: 1, pad: 0, late: true },
  { ...CUT, all: [127, 127] },
  { ...CUT, all: [-127, 127] },
  { n: 7, h: 35, w: 35, c: 17, k: 19, kernel: 3, stride: 1, pad: 1 },
];

/** Shifts, of which some are wrong and the last is none. */
const GUESSES = [0, 9, 30, 2 ** 31 - 1];

/** What one run left, byte by byte, and the extremes of the first. */
function results(...tensors: Tensor[]): { known: unknown; bytes: Uint8Array[] } {
  return {
    known: [tensors.map(({ exponent }) => exponent), tensors[0]!.range],
    bytes: tensors.map((tensor) => tensor.read(new Uint8Array(tensor.byteLength))),
  };
}

/** Not by assertEquals: it takes a second for a million elements. */
function firstDifference(a: Uint8Array[], b: Uint8Array[]): string | undefined {
  for (const [tensor, bytes] of a.entries()) {
    const others = b[tensor]!;
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] !== others[i]) return `tensor ${tensor}, byte ${i}: ${bytes[i]} and ${others[i]}`;
    }
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
    const values = (elements: number, all?: number) =>
      all === undefined ? operands(next, elements) : new Array<number>(elements).fill(all);
    const sources = (elements: number) => {
      const drawn = values(elements, shape.all?.[0]), last = shape.late ? elements - elements / n : 0;
      return drawn.map((value, i) => i < last ? value % 3 : value);
    };
    const x = int8(library, { q: sources(inputs), exponent: -8 });
    const dy = int8(library, { q: sources(count), exponent: -12 });
    const skip = int8(library, { q: operands(next, inputs), exponent: -14 });
    const weights = int8(library, { q: values(k * kernel * kernel * c, shape.all?.[1]), exponent: -7 });
    const scalars = tensorOf(library, "int16", Int16Array.from([3000, -1500]));
    const masks = BigUint64Array.from(
      { length: Math.ceil(inputs / 64) },
      () => BigInt(next(0, 2 ** 31)) * 0x1_0000_0001n,
    );
    const below = tensorOf(library, "bits", masks);
    const [y, dx, mask] = [make("int8", count), make("int8", inputs), make("bits", count)];
    const [sums, back, gradients] = [make("int32", count), make("int32", inputs), make("int64", 4)];

    const unflagged = { fine: undefined, fine_sums: undefined };
    const biases = { gradients, bias_before: 1, bias_behind: 0 };

    /** Every fused call, and the two calls that it stands for. */
    const pairs: [string, (guess: number) => void, () => void, Tensor][] = [
      ["forward_activate", (guess) => {
        const biases = { scalars, bias_before: 0, bias_behind: 1 };
        const words = { x, weights, ...biases, sums, y, quantizer: NEAREST, mask, ...geometry };
        callGuessing(library, "int8_conv_forward_activate", words, guess);
      }, () => {
        library.call("int8_conv_forward", { x, weights, scalars, bias: 0, biases: 1, y: sums, ...geometry });
        library.call("int8_activate", { x: sums, scalars, bias: 1, y, quantizer: NEAREST, mask, count });
      }, y],
      ["forward_quantize", (guess) => {
        const words = { x, weights, sums, y, quantizer: NEAREST, ...geometry };
        callGuessing(library, "int8_conv_forward_quantize", words, guess);
      }, () => {
        library.call("int8_conv_forward", {
          x,
          weights,
          scalars: undefined,
          bias: -1,
          biases: 0,
          y: sums,
          ...geometry,
        });
        library.call("int8_quantize", { x: sums, y, quantizer: NEAREST, count });
      }, y],
      ["backward_data_activate", (guess) => {
        const words = {
          dy,
          ...unflagged,
          weights,
          mask: below,
          sums: back,
          ...biases,
          dx,
          quantizer: NEAREST,
          ...geometry,
        };
        callGuessing(library, "int8_conv_backward_data_activate", words, guess);
      }, () => {
        library.call("int8_conv_backward_data", { dy, ...unflagged, weights, dx: back, ...geometry });
        library.call("int8_activate_backward", {
          dy: back,
          mask: below,
          ...biases,
          dx,
          quantizer: NEAREST,
          count: inputs,
        });
      }, dx],
      ...([[1, c, 0], [1, c, 1], [2, c + 3, 1]] as const).map((
        way,
      ): [string, (guess: number) => void, () => void, Tensor] => [
        `backward_data_block with a shortcut of stride, channels, behind the bias ${way}`,
        (guess) => {
          const dr = way[0] === 1 ? skip : wide, { shape: shortcut } = shaped(library, n, h, w, c, way[1], 1, way[0]);
          const joined = {
            weights,
            dr,
            mask: below,
            shortcut_behind: way[2],
            sums: back,
            ...biases,
            dx,
            quantizer: NEAREST,
          };
          callGuessing(
            library,
            "int8_conv_backward_data_block",
            { dy, ...unflagged, ...joined, ...geometry, shortcut },
            guess,
          );
        },
        () => {
          const shortcut = way[0] === 1 ? skip : wide;
          library.call("int8_conv_backward_data", { dy, ...unflagged, weights, dx: back, ...geometry });
          const around = shaped(library, n, h, w, c, way[1], 1, way[0]);
          library.call("int8_block_backward", {
            du: back,
            dr: shortcut,
            mask: below,
            shortcut_behind: way[2],
            ...biases,
            dx,
            quantizer: NEAREST,
            ...around,
          });
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
        for (const guess of GUESSES) {
          result.write(new Uint8Array(result.byteLength));
          gradients.write(new Uint8Array(gradients.byteLength));
          if (name.startsWith("forward")) expected.bytes[2]!.fill(0);
          fused(guess);
          const { known, bytes } = results(result, mask, gradients);
          assertEquals(firstDifference(bytes, expected.bytes), undefined, `${name}, ${what}, ${guess}`);
          assertEquals(known, expected.known, `${name}, ${what}, ${guess}`);
        }
      }
    });
    for (const tensor of [x, dy, skip, wide, weights, scalars, below, y, dx, mask, sums, back, gradients]) {
      tensor.close();
    }
  }
});
