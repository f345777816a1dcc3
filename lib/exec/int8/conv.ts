/**
 * A convolution in int8: forward, backward to data, and backward to weights
 * with the update that follows it.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Place } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { ConvParameters } from "./parameters.ts";
import type { Mask, Room } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";
import { updateWeights } from "./update.ts";

function at({ layer }: ConvParameters, phase: Place["phase"]): Place {
  return { layer, phase };
}

/** Which scalars are added to a convolution's sums: one, or one an output channel. */
export interface ConvBias {
  readonly scalars: Tensor;
  readonly index: number;
  readonly count: number;
}

/** The room's sums = conv(x) + bias, for `n` images as everywhere here. */
export function convForward(room: Room, conv: ConvParameters, n: number, x: Tensor, bias?: ConvBias): void {
  const { shape, weights } = conv;
  room.library.call("int8_conv_forward", {
    x,
    weights,
    scalars: bias?.scalars,
    bias: bias?.index ?? -1,
    biases: bias?.count ?? 0,
    y: room.sums,
    shape,
    n,
  }, at(conv, "forward"));
}

/** The room's sums = dx, from dy int8. */
export function convBackwardData(room: TrainingRoom, conv: ConvParameters, n: number, dy: Tensor): void {
  const { shape, weights } = conv;
  const words = { dy, ...room.flags(dy), weights, dx: room.sums, shape, n };
  room.library.call("int8_conv_backward_data", words, at(conv, "backward"));
}

/** The ReLU behind a convolution: biases around it by index, and the mask it leaves, which training needs. */
export interface ReluBehind<M extends Mask = Mask> {
  readonly scalars: Tensor;
  readonly before: number;
  readonly behind: number;
  readonly mask: M;
}

/** y int8 = quantize(relu(conv(x) + bias) + bias). */
export function convActivate(
  room: Room,
  conv: ConvParameters,
  n: number,
  x: Tensor,
  { scalars, before, behind, mask }: ReluBehind,
  y: Tensor,
): void {
  const { shape, weights } = conv;
  room.library.call("int8_conv_forward_activate", {
    x,
    weights,
    scalars,
    bias_before: before,
    bias_behind: behind,
    sums: room.sums,
    y,
    quantizer: room.quantizer(y),
    mask,
    shape,
    n,
  }, at(conv, "forward"));
}

/** y int8 = quantize(conv(x)). */
export function convQuantize(room: Room, conv: ConvParameters, n: number, x: Tensor, y: Tensor): void {
  const { shape, weights } = conv;
  const words = { x, weights, sums: room.sums, y, quantizer: room.quantizer(y), shape, n };
  room.library.call("int8_conv_forward_quantize", words, at(conv, "forward"));
}

/** dx int8 from dy int8: the error before a ReLU with biases around it, whose gradients the room keeps. */
export function convActivateBackward(
  room: TrainingRoom,
  conv: ConvParameters,
  n: number,
  dy: Tensor,
  { before, behind, mask }: Omit<ReluBehind<Tensor>, "scalars">,
  dx: Tensor,
): void {
  const { shape, weights } = conv;
  room.library.call("int8_conv_backward_data_activate", {
    dy,
    ...room.flags(dy),
    weights,
    mask,
    sums: room.sums,
    gradients: room.errors.scalars,
    bias_before: before,
    bias_behind: behind,
    dx,
    quantizer: room.quantizer(dx),
    shape,
    n,
  }, at(conv, "backward"));
}

/** A shortcut's error, which joins that of a block's first convolution. */
export interface ShortcutError {
  readonly error: Tensor;
  /** From the block's input to the error. */
  readonly shape: ConvShape;
  /** Whether the shortcut starts behind the bias of the block's input. */
  readonly behindBias: boolean;
  /** The ReLU that made the block's input, and the bias behind it. */
  readonly relu: Omit<ReluBehind<Tensor>, "scalars">;
}

/** dx int8: the error of a block's input, from the error dy behind its first convolution and its shortcut's. */
export function convBlockBackward(
  room: TrainingRoom,
  conv: ConvParameters,
  n: number,
  dy: Tensor,
  { error, shape: shortcut, behindBias, relu }: ShortcutError,
  dx: Tensor,
): void {
  const { shape, weights } = conv;
  room.library.call("int8_conv_backward_data_block", {
    dy,
    ...room.flags(dy),
    weights,
    dr: error,
    mask: relu.mask,
    shortcut_behind: Number(behindBias),
    sums: room.sums,
    gradients: room.errors.scalars,
    bias_before: relu.before,
    bias_behind: relu.behind,
    dx,
    quantizer: room.quantizer(dx),
    shape,
    shortcut,
    n,
  }, at(conv, "backward"));
}

/** Gradient of the weights from x and dy, and their update; it comes behind {@linkcode convBackwardData}. */
export function convUpdate(room: TrainingRoom, conv: ConvParameters, n: number, x: Tensor, dy: Tensor): void {
  const { library } = room;
  const dw = room.errors.gradients(conv.conv);
  const { fine } = room.flags(dy);
  library.call("int8_conv_backward_weights", { x, dy, fine, dw, shape: conv.shape, n }, at(conv, "backward"));
  if (conv.centredGradients) {
    const words = { dw, channels: conv.conv.outputs, count: conv.weights.count };
    library.call("int8_centre_gradients", words, at(conv, "update"));
  }
  updateWeights(library, conv, dw);
}
