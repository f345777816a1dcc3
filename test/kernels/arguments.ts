/**
 * How tests describe the parameters of a kernel: what each takes, and a value
 * of it with which the call is valid.
 *
 * @module
 */

import type { TensorType } from "../../lib/native/tensor.ts";

/** Elements and type of a tensor; 0 may stand for an optional one. */
export interface TensorParameter {
  readonly name: string;
  readonly type: TensorType;
  readonly count: number;
  readonly optional?: true;
  /** Elements are from 0 to below this, or the call is refused. */
  readonly below?: number;
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

export type Parameter = TensorParameter | SizeParameter | FreeParameter;

/** Describes a tensor. */
export function tensor(name: string, count: number, type: TensorType): TensorParameter {
  return { name, count, type };
}

/** Describes a size or an index. */
export function size(name: string, value: number, least = 1): SizeParameter {
  return { name, size: value, least, grows: true };
}

/** Geometry of a convolution whose tensors have {@linkcode ELEMENTS}. */
export const GEOMETRY: readonly Parameter[] = [
  size("n", 2),
  size("h", 5),
  size("w", 4),
  size("c", 3),
  size("k", 6),
  size("kernel", 3),
  { ...size("stride", 2), grows: false },
  size("pad", 1, 0),
];

/** Elements of the tensors of that convolution. */
export const ELEMENTS = { x: 2 * 5 * 4 * 3, y: 2 * 3 * 2 * 6, weights: 6 * 3 * 3 * 3 } as const;
