/**
 * What the SIMD kernels multiply and add beside the reference in a convolution:
 * products with the zeros that fill the last lanes of a vector, the last group
 * of channels that one instruction takes and, where a copy with padded columns
 * is read, these columns; where an instruction takes two pixels, those with what
 * stands beside an odd one and with the zeros beside a column; and the sums of weights that take off the offset of
 * an unsigned operand, once a call.
 *
 * It follows from the geometry by the rules of kernels/conv/run.inc and
 * conv/pack.inc, not from the counting build, and counts products one by one
 * where conv/points_task.inc takes a quarter of them, too. Left out are what merely
 * moves (packing) and the few additions a row with which sums start. The gradients of
 * weights are in simd_weights.ts.
 *
 * @module
 */

import type { Geometry } from "../native/conv_shape.ts";
import type { VectorShape } from "../native/paths.ts";
import { outputSize } from "../plan/plan.ts";
import { gradientProducts } from "./simd_weights.ts";
import { executedMacs } from "./taps.ts";

/** What a pass computes: outputs, the error of the inputs, or the gradient of the weights. */
export type Way = "forward" | "data" | "weights";

/** One dimension of a pass: `count` outputs, the first with its first tap at `first`, `step` apart. */
interface Axis {
  readonly count: number;
  readonly first: number;
  readonly step: number;
  readonly taps: number;
  /** Pixels that there are. */
  readonly size: number;
}

interface Pass {
  readonly rows: Axis;
  readonly columns: Axis;
  readonly inputs: number;
  readonly outputs: number;
}

const up = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;
const last = ({ first, count, step, taps }: Axis) => first + (count - 1) * step + taps - 1;

/** Pairs of an output and a tap that meet a pixel. */
function meeting({ count, first, step, taps, size }: Axis): number {
  return Array.from({ length: count }, (_, i) => first + i * step)
    .reduce((sum, from) => sum + Math.max(0, Math.min(size, from + taps) - Math.max(0, from)), 0);
}

function forwardPasses(conv: Geometry): Pass[] {
  const output = outputSize(conv), { kernel: taps, stride: step, padding } = conv;
  const axis = (count: number, size: number): Axis => ({ count, first: -padding, step, taps, size });
  const { inputs, outputs } = conv;
  return [{ rows: axis(output.height, conv.height), columns: axis(output.width, conv.width), inputs, outputs }];
}

/** The pixels whose error the same taps make, for each place that a stride has. */
function residues(size: number, errors: number, { kernel, stride, padding }: Geometry): Axis[] {
  return Array.from({ length: Math.min(stride, size) }, (_, residue) => {
    const tap = (residue + padding) % stride;
    const taps = tap < kernel ? Math.floor((kernel - 1 - tap) / stride) + 1 : 0;
    const first = (residue + padding - tap) / stride - (taps - 1);
    return { count: Math.floor((size - 1 - residue) / stride) + 1, first, step: 1, taps, size: errors };
  });
}

function dataPasses(conv: Geometry): Pass[] {
  const { height, width } = outputSize(conv), inputs = conv.outputs, outputs = conv.inputs;
  return residues(conv.height, height, conv).flatMap((rows) =>
    residues(conv.width, width, conv).map((columns) => ({ rows, columns, inputs, outputs }))
  ).filter(({ rows, columns }) => rows.taps > 0 && columns.taps > 0);
}

/** Whether tiles read the source itself, sharing columns and leaving out those that are padding. */
function shares({ columns, inputs }: Pass, { group }: VectorShape): boolean {
  const { taps, step, first, size } = columns, halo = Number(taps > 1);
  return inputs % group === 0 && first >= -halo && last(columns) < size + halo &&
    (taps <= 2 ? taps === 1 || step === 1 : taps === 3 && step <= 2);
}

/** Columns that a row's pixels are multiplied with, of those that tiles share. */
function across(columns: Axis, { pairs }: VectorShape): number {
  if (!pairs) return meeting(columns);
  // The column of a pixel in the padding is multiplied, too, as that of the pixel beside it; one alone has none there.
  return columns.count === 1 ? 2 * meeting(columns) : up(columns.count, 2) * columns.taps;
}

function passProducts(passes: readonly Pass[], path: VectorShape, count: number): number {
  const { lanes, group, offset } = path, shared = passes.every((pass) => shares(pass, path));
  const products = passes.map(({ rows, columns, inputs, outputs }) => {
    const run = shared ? columns.taps * inputs : up(columns.taps * inputs, group), channels = up(outputs, lanes);
    const row = shared ? across(columns, path) * inputs : up(columns.count, path.pairs ? 2 : 1) * run;
    return count * meeting(rows) * row * channels + (offset ? rows.taps * run * channels : 0);
  });
  return products.reduce((sum, each) => sum + each, 0);
}

function allProducts(conv: Geometry, path: VectorShape, count: number, way: Way): number {
  switch (way) {
    case "forward":
      return passProducts(forwardPasses(conv), path, count);
    case "data":
      return passProducts(dataPasses(conv), path, count);
    case "weights":
      return gradientProducts(conv, path, count);
  }
}

/** Multiply-adds that a path does beside the reference for a batch of `count` images. */
export function simdProducts(conv: Geometry, path: VectorShape, count: number, way: Way): number {
  return allProducts(conv, path, count, way) - count * executedMacs(conv);
}
