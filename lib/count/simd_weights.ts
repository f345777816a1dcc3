/**
 * What the SIMD kernels multiply for the gradient of a convolution's weights:
 * a product over the pixels of all images, one operand of which fills vectors
 * while the other is broadcast.
 *
 * It follows from the geometry by the rules of kernels/conv/weights_plan.c and
 * weights_offset.inc. An instruction takes a pixel of as many images as it sums
 * products; each image that is left over has rows interleaved instead, with
 * zeros below the last. As in simd.ts, packing and sums that are added up are
 * left out; of these, threads that share a batch have a few more.
 *
 * @module
 */

import type { Geometry } from "../native/conv_shape.ts";
import type { VectorShape } from "../native/paths.ts";
import { MAX_INT32_PRODUCTS } from "../exec/int8/number.ts";
import { outputSize } from "../plan/plan.ts";

const up = (value: number, multiple: number) => Math.ceil(value / multiple) * multiple;
const total = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0);
const upTo = (end: number) => Array.from({ length: end }, (_, i) => i);

/** Positions from one up to another. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Place step * i + first + tap * t of position i and kernel tap t, which exists in [0, size). */
interface Axis {
  readonly step: number;
  readonly first: number;
  readonly tap: number;
  readonly size: number;
}

const NONE: Range = { from: 0, to: 0 };
const lengthOf = ({ from, to }: Range) => Math.max(0, to - from);

/** Of so many positions those whose place for a tap exists. */
function existing(positions: number, { step, first, tap, size }: Axis, t: number): Range {
  const reach = (distance: number) => Math.max(0, Math.ceil(distance / step));
  const at = first + tap * t, from = reach(-at), to = Math.min(positions, reach(size - at));
  return from < to ? { from, to } : NONE;
}

/** The operands of one image, or of as many as an instruction takes. */
interface WeightsPlan {
  readonly rows: number;
  readonly columns: number;
  readonly rowAxis: Axis;
  readonly columnAxis: Axis;
  readonly kernel: number;
  readonly columnTaps: number;
  /** Rows of the operand that is broadcast. */
  readonly broadcast: Axis;
  /** Elements of a position that are broadcast, and channels that fill vectors. */
  readonly run: number;
  readonly channels: number;
}

function planOf(conv: Geometry, { lanes, group }: VectorShape, interleaved: boolean): WeightsPlan {
  const { inputs, outputs, kernel, stride, padding } = conv, { height, width } = outputSize(conv);
  const rows = interleaved ? Math.ceil(height / group) : height;
  const rowAxis = interleaved
    ? { step: 1, first: 0, tap: rows, size: kernel * rows }
    : { step: stride, first: -padding, tap: 1, size: conv.height };
  const common = { rows, columns: width, rowAxis, kernel };
  // Inputs fill vectors as a rule; errors do where that wastes fewer lanes, and then a run holds the column taps.
  if (up(inputs, lanes) * outputs > up(outputs, lanes) * inputs) {
    return {
      ...common,
      columnAxis: { step: stride, first: 0, tap: 0, size: conv.width + 2 * padding },
      columnTaps: 1,
      broadcast: rowAxis,
      run: kernel * inputs,
      channels: up(outputs, lanes),
    };
  }
  return {
    ...common,
    columnAxis: { step: stride, first: -padding, tap: 1, size: conv.width },
    columnTaps: kernel,
    broadcast: { step: 1, first: 0, tap: 0, size: rows },
    run: outputs,
    channels: up(inputs, lanes),
  };
}

interface Tap {
  readonly ky: number;
  readonly rows: Range;
  readonly columns: Range;
}

function tapsOf({ rows, columns, rowAxis, columnAxis, kernel, columnTaps }: WeightsPlan): Tap[] {
  return upTo(kernel).flatMap((ky) =>
    upTo(columnTaps).map((kx): Tap => {
      const down = existing(rows, rowAxis, ky), across = existing(columns, columnAxis, kx);
      return lengthOf(down) * lengthOf(across) === 0
        ? { ky, rows: NONE, columns: NONE }
        : { ky, rows: down, columns: across };
    })
  );
}

/**
 * Positions that are summed up to take the offset off: those of each tap, or,
 * where taps differ by borders only, all of them once and each tap's borders.
 */
function offsetPositions({ rows, columns, broadcast }: WeightsPlan, taps: readonly Tap[]): number {
  const { step, first, tap: pitch, size } = broadcast, all: Range = { from: 0, to: columns };
  const box = (down: Range, across: Range) => Math.ceil(lengthOf(down) / step) * lengthOf(across);
  const shared = step === 1 && size < 2 * rows;
  const each = taps.filter((tap) => tap.rows.to > 0).map((tap) => {
    const start = first + pitch * tap.ky;
    const own = { from: start + step * tap.rows.from, to: start + step * tap.rows.to };
    if (!shared) return box(own, tap.columns);
    const ends = box({ from: 0, to: own.from }, all) + box({ from: own.to, to: size }, all);
    return ends + box(own, { from: 0, to: tap.columns.from }) + box(own, { from: tap.columns.to, to: columns });
  });
  return total(each) + (shared ? box({ from: 0, to: size }, all) : 0);
}

/** Products of one image, or of as many as an instruction takes. */
function unitProducts(conv: Geometry, path: VectorShape, interleaved: boolean): number {
  const { lanes, group, offset, pairs } = path, plan = planOf(conv, path, interleaved), taps = tapsOf(plan);
  const positions = total(taps.map(({ rows, columns }) => lengthOf(rows) * lengthOf(columns)));
  const offsets = offset ? offsetPositions(plan, taps) * up(plan.run, lanes) : 0;
  return group * (positions * up(plan.run, pairs ? 2 : 1) * plan.channels + offsets);
}

/** All products of a path for a batch of `count` images. */
export function gradientProducts(conv: Geometry, path: VectorShape, count: number): number {
  const { height, width } = outputSize(conv);
  // Integers are summed in chunks of images whose sums fit int32.
  const chunks = path.group === 1 ? 1 : Math.ceil(count / Math.floor(MAX_INT32_PRODUCTS / (height * width)));
  const share = (i: number) => Math.floor(count * i / chunks);
  const images = upTo(chunks).map((i) => share(i + 1) - share(i));
  const whole = total(images.map((each) => Math.floor(each / path.group)));
  const left = count - whole * path.group;
  return whole * unitProducts(conv, path, false) + (left === 0 ? 0 : left * unitProducts(conv, path, true));
}
