/**
 * How tests describe the parameters of a kernel, one for each word of its call
 * but guesses, in C's order and by the name of the word (`quantizer.bits`): what
 * each takes, and a value of it with which the call is valid.
 *
 * @module
 */

import type { Geometry } from "../../lib/native/conv_shape.ts";
import type { TensorType } from "../../lib/native/tensor.ts";

/** Elements and type of a tensor; 0 may stand for an optional one. */
export interface TensorParameter {
  readonly name: string;
  readonly type: TensorType;
  readonly count: number;
  readonly optional?: true;
  /** Elements are from 0 to below this, or the call is refused. */
  readonly below?: number;
  /** What a refusal names, if not this parameter. */
  readonly named?: string;
  /** The type that a refusal names, if it may have two. */
  readonly usual?: TensorType;
  /** How far its exponent is from that of the others, if that counts. */
  readonly exponent?: number;
}

/** A whole number, the least that can be, and whether larger ones ask for more elements. */
export interface SizeParameter {
  readonly name: string;
  readonly size: number;
  readonly least: number;
  readonly grows: boolean;
  /** What a refusal names, if not this parameter: an index is wrong for its tensor. */
  readonly named?: string;
}

/** A real number, or a word that keys random bits: any value is valid. */
export interface FreeParameter {
  readonly name: string;
  readonly free: number;
}

/** What shapes a parameter takes, beside those whose tensors are too large. */
export type ShapeUse = "convolution" | "window" | "shortcut";

/** A shape; a window keeps the channels, a shortcut has a kernel of 1 and drops none. */
export interface ShapeParameter {
  readonly name: string;
  readonly shape: Geometry;
  readonly use: ShapeUse;
}

export type Parameter = TensorParameter | SizeParameter | FreeParameter | ShapeParameter;

/** Describes a tensor. */
export function tensor(name: string, count: number, type: TensorType): TensorParameter {
  return { name, count, type };
}

/** Describes a size or an index. */
export function size(name: string, value: number, least = 1): SizeParameter {
  return { name, size: value, least, grows: true };
}

/** A convolution whose tensors have {@linkcode ELEMENTS} where n is 2. */
const CONVOLUTION: Geometry = { height: 5, width: 4, inputs: 3, outputs: 6, kernel: 3, stride: 2, padding: 1 };

/** That convolution, the pool with its window, and the shortcut with its ends. */
const GEOMETRIES: Readonly<Record<ShapeUse, Geometry>> = {
  convolution: CONVOLUTION,
  window: { ...CONVOLUTION, outputs: 3 },
  shortcut: { ...CONVOLUTION, kernel: 1, padding: 0 },
};

/** Describes a shape. */
export function shape(use: ShapeUse, name = "shape"): ShapeParameter {
  return { name, use, shape: GEOMETRIES[use] };
}

/** The last two parameters of a call that has one shape. */
export function shaped(use: ShapeUse): readonly Parameter[] {
  return [shape(use), size("n", 2)];
}

/** Elements of the tensors of that convolution. */
export const ELEMENTS = { x: 2 * 5 * 4 * 3, y: 2 * 3 * 2 * 6, weights: 6 * 3 * 3 * 3 } as const;
