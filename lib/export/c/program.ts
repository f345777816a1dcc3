/**
 * What a training step is on a device: its calls, its layers, and their sizes.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Phase } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Quantizer, UpdatePolicy } from "../../native/words.ts";

/** Memory that a call has to itself; with more than the least it computes nothing twice. */
export interface Room {
  /** Bytes. */
  readonly least: number;
  readonly most: number;
  /** Multiply-accumulates that the most saves, where all that is guessed is wrong. */
  readonly saves: number;
  /** Bytes of what is kept of one output at most, where room between the least and the most is of use for some. */
  readonly perOutput?: number;
}

/** What a call names, as C. */
export interface Names {
  /** An int8 tensor. */
  values(tensor: Tensor): string;
  /** Bytes: a mask or places. */
  bytes(tensor: Tensor | undefined): string;
  /** int32 logits. */
  words(tensor: Tensor): string;
  layer(weights: Tensor): string;
  learnt(weights: Tensor): string;
  shape(shape: ConvShape): string;
  quantizer(quantizer: Quantizer): string;
  /** The room of the call for int32, and that for a window; `NULL` for none. */
  readonly room: string;
  readonly patch: string;
  /** Words of the room for int32. */
  readonly roomWords: number;
}

/** A call of a device. */
export interface DeviceCall {
  readonly layer: string;
  readonly phase: Phase;
  /** Tensors by what they are to the call. */
  readonly reads: readonly Tensor[];
  readonly writes: readonly Tensor[];
  readonly room?: Room;
  /** Bytes of the windows that a convolution reads. */
  readonly patch?: number;
  /** Multiply-accumulates, each as often as it is computed where there is room and nothing is guessed wrong. */
  readonly macs?: number;
  /** Whether it reads the image. */
  readonly readsImage?: boolean;
  /** C statements. */
  readonly code: (names: Names) => string;
  /** Those that write the same once more later in the step, from the same; absent for calls that are not repeated. */
  readonly again?: (names: Names) => string;
}

/** What a convolution is on the device. */
export interface DeviceLayer {
  readonly name: string;
  readonly weights: Tensor;
  readonly shape: ConvShape;
  /** Absent where the weights are not trained. */
  stream?: number;
}

/** A training step. */
export interface DeviceProgram {
  readonly calls: readonly DeviceCall[];
  /** By their weights, in the order of the forward pass. */
  readonly layers: ReadonlyMap<Tensor, DeviceLayer>;
  readonly policy: UpdatePolicy | undefined;
  /** That of the host's momentum; absent where no weights learn. */
  readonly momentumType: Tensor["type"] | undefined;
  readonly centred: boolean;
  /** Exponents of the step before, where there are any. */
  readonly exponents: Tensor | undefined;
  readonly stochastic: boolean;
  readonly inputOffset: number;
  /** How often a step quantizes. */
  readonly quantizations: number;
}

interface Sizes {
  readonly outHeight: number;
  readonly outWidth: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: number;
  readonly window: number;
  /** Multiply-accumulates without those of the padding taken off. */
  readonly macs: number;
}

/** Elements of a convolution for one image. */
export function sizesOf({ geometry: g }: ConvShape): Sizes {
  const out = (size: number) => Math.floor((size + 2 * g.padding - g.kernel) / g.stride) + 1;
  const outHeight = out(g.height), outWidth = out(g.width), window = g.kernel * g.kernel * g.inputs;
  return {
    outHeight,
    outWidth,
    inputs: g.height * g.width * g.inputs,
    outputs: outHeight * outWidth * g.outputs,
    weights: g.outputs * window,
    window,
    macs: outHeight * outWidth * g.outputs * window,
  };
}

/** Bytes of a weight's momentum, where the recipe has one. */
export function momentumBytes({ policy, momentumType }: DeviceProgram): 0 | 2 | 3 {
  if (policy === undefined || (policy.momentum_shift === 0 && policy.feedback === 0)) return 0;
  return momentumType === "int16" ? 2 : 3;
}
