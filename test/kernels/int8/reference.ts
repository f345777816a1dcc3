/**
 * The int8 arithmetic as its definitions, in BigInt and plain loops.
 *
 * @module
 */

/** q * 2^exponent. */
export interface Quantized {
  readonly q: number[];
  readonly exponent: number;
}

/** Sums of products with their exponent. */
export interface Sums {
  readonly v: bigint[];
  readonly exponent: number;
}

const abs = (x: bigint) => x < 0n ? -x : x;
const bits = (m: bigint) => m === 0n ? 0 : m.toString(2).length;

/** floor(x / 2^shift + 1/2), or x * 2^-shift. */
export function scale(x: bigint, shift: number): bigint {
  if (shift <= 0) return x << BigInt(-shift);
  return (x + (1n << BigInt(shift - 1))) >> BigInt(shift);
}

/** The shift of SQ: round(log2 m) less the bits behind the sign, not below 0. */
export function quantizeShift(m: bigint, width = 8): number {
  if (m === 0n) return 0;
  const floor = bits(m) - 1;
  const nearest = m * m >= 1n << BigInt(2 * floor + 1) ? floor + 1 : floor;
  return Math.max(0, nearest - (width - 1));
}

const clip = (x: bigint, limit: bigint) => Number(x > limit ? limit : x < -limit ? -limit : x);

/** Shift quantization to `width` bits; `among` are further values that the maximum covers. */
export function quantize({ v, exponent }: Sums, among: bigint[] = [], width = 8): Quantized {
  const m = [...v, ...among].reduce((most, x) => abs(x) > most ? abs(x) : most, 0n);
  const shift = quantizeShift(m, width);
  const limit = 2n ** BigInt(width - 1) - 1n;
  return { q: v.map((x) => clip(scale(x, shift), limit)), exponent: exponent + shift };
}

/** Geometry of a convolution, as the kernels take it. */
export interface Shape {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly k: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

/** Height and width of the output. */
export function outputs(s: Shape): [number, number] {
  const size = (length: number) => Math.floor((length + 2 * s.pad - s.kernel) / s.stride) + 1;
  return [size(s.h), size(s.w)];
}

/** Calls `visit(x index, w index, y index)` for every product of the convolution. */
export function products(s: Shape, visit: (x: number, w: number, y: number) => void): void {
  const [oh, ow] = outputs(s);
  for (let n = 0; n < s.n; n++) {
    for (let oy = 0; oy < oh; oy++) {
      for (let ox = 0; ox < ow; ox++) {
        for (let ky = 0; ky < s.kernel; ky++) {
          for (let kx = 0; kx < s.kernel; kx++) {
            const y = oy * s.stride + ky - s.pad;
            const x = ox * s.stride + kx - s.pad;
            if (y < 0 || x < 0 || y >= s.h || x >= s.w) continue;
            for (let k = 0; k < s.k; k++) {
              for (let c = 0; c < s.c; c++) {
                visit(
                  ((n * s.h + y) * s.w + x) * s.c + c,
                  ((k * s.kernel + ky) * s.kernel + kx) * s.c + c,
                  ((n * oh + oy) * ow + ox) * s.k + k,
                );
              }
            }
          }
        }
      }
    }
  }
}
