/**
 * A convolution in int8: forward, backward to data, and backward to weights
 * with the update that follows it.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Place } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import { convElements } from "../../plan/plan.ts";
import type { ConvParameters } from "./parameters.ts";
import type { Mask, Room } from "./room.ts";
import type { ErrorRole, TrainingRoom } from "./training_room.ts";
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

/** What a convolution forward comes to. */
export function convSums(room: Room, { layer, conv }: ConvParameters): Tensor {
  return room.sums(`${layer} sums`, convElements(conv).output);
}

/** What a convolution backward to data is called with: room for its sums, and for those of a flagged error. */
function backward(room: TrainingRoom, { layer, conv, weights, shape }: ConvParameters, dy: Tensor) {
  const { input } = convElements(conv);
  const sums = room.sums(`${layer} error sums`, input);
  return { sums, words: { dy, ...room.flags(layer, dy, input), weights, shape } };
}

/** What a convolution passes on of an error, by its role. */
function passedError(room: TrainingRoom, { layer, conv }: ConvParameters, role: ErrorRole): Tensor {
  return room.error(`${layer} dx`, role, convElements(conv).input);
}

/** int32 = conv(x) + bias, for `n` images as everywhere here. */
export function convForward(room: Room, conv: ConvParameters, n: number, x: Tensor, bias?: ConvBias): Tensor {
  const { shape, weights } = conv;
  const y = convSums(room, conv);
  room.library.call("int8_conv_forward", {
    x,
    weights,
    scalars: bias?.scalars,
    bias: bias?.index ?? -1,
    biases: bias?.count ?? 0,
    y,
    shape,
    n,
  }, at(conv, "forward"));
  return y;
}

/** dx int32 from dy int8. */
export function convBackwardData(room: TrainingRoom, conv: ConvParameters, n: number, dy: Tensor): Tensor {
  const { sums: dx, words } = backward(room, conv, dy);
  room.library.call("int8_conv_backward_data", { ...words, dx, n }, at(conv, "backward"));
  return dx;
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
    sums: convSums(room, conv),
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
  const words = { x, weights, sums: convSums(room, conv), y, quantizer: room.quantizer(y), shape, n };
  room.library.call("int8_conv_forward_quantize", words, at(conv, "forward"));
}

/** dx int8 from dy int8: the error before a ReLU with biases around it, whose gradients the room keeps. */
export function convActivateBackward(
  room: TrainingRoom,
  conv: ConvParameters,
  n: number,
  dy: Tensor,
  { before, behind, mask }: Omit<ReluBehind<Tensor>, "scalars">,
  role: ErrorRole,
): Tensor {
  const { sums, words } = backward(room, conv, dy), dx = passedError(room, conv, role);
  room.library.call("int8_conv_backward_data_activate", {
    ...words,
    mask,
    sums,
    gradients: room.gradients,
    bias_before: before,
    bias_behind: behind,
    dx,
    quantizer: room.quantizer(dx),
    n,
  }, at(conv, "backward"));
  return dx;
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
  role: ErrorRole,
): Tensor {
  const { sums, words } = backward(room, conv, dy), dx = passedError(room, conv, role);
  room.library.call("int8_conv_backward_data_block", {
    ...words,
    dr: error,
    mask: relu.mask,
    shortcut_behind: Number(behindBias),
    sums,
    gradients: room.gradients,
    bias_before: relu.before,
    bias_behind: relu.behind,
    dx,
    quantizer: room.quantizer(dx),
    shortcut,
    n,
  }, at(conv, "backward"));
  return dx;
}

/** Gradient of the weights from x and dy, and their update; it comes behind {@linkcode convBackwardData}. */
export function convUpdate(room: TrainingRoom, conv: ConvParameters, n: number, x: Tensor, dy: Tensor): void {
  const { library } = room;
  const dw = room.weightGradients(conv.conv), fine = room.quantizers.fineOf(dy);
  library.call("int8_conv_backward_weights", { x, dy, fine, dw, shape: conv.shape, n }, at(conv, "backward"));
  room.update(() => {
    if (conv.centredGradients) {
      const words = { dw, channels: conv.conv.outputs, count: conv.weights.count };
      library.call("int8_centre_gradients", words, at(conv, "update"));
    }
    updateWeights(library, conv, dw);
  });
}
