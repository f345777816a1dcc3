/**
 * A convolution in int8: forward, backward to data, and backward to weights
 * with the update that follows it.
 *
 * @module
 */

import type { ConvShape } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import type { Tensor } from "../../native/tensor.ts";
import { convElements } from "../../plan/plan.ts";
import type { UpdateKey } from "./layer.ts";
import type { ConvParameters } from "./parameters.ts";
import type { Mask } from "./room.ts";
import type { ErrorBuffers } from "./training_room.ts";

/** Which scalars are added to a convolution's sums: one, or one an output channel. */
export interface ConvBias {
  readonly scalars: Tensor;
  readonly index: number;
  readonly count: number;
}

/** y int32 = conv(x) + bias. */
export function convForward(
  library: Kernels,
  { shape, weights }: ConvParameters,
  count: number,
  x: Tensor,
  y: Tensor,
  bias?: ConvBias,
): void {
  library.check(library.symbols.eoq_int8_conv_forward(
    x.handle,
    weights.handle,
    bias?.scalars.handle ?? 0,
    bias?.index ?? -1,
    bias?.count ?? 0,
    y.handle,
    shape.handle,
    count,
  ));
}

/** dx int32 from dy int8. */
export function convBackwardData(
  library: Kernels,
  { shape, weights }: ConvParameters,
  count: number,
  dy: Tensor,
  dx: Tensor,
): void {
  library.check(
    library.symbols.eoq_int8_conv_backward_data(dy.handle, weights.handle, dx.handle, shape.handle, count),
  );
}

/** The ReLU behind a convolution: biases around it by index, and the mask it leaves, which training needs. */
export interface ReluBehind<M extends Mask = Mask> {
  readonly scalars: Tensor;
  readonly before: number;
  readonly behind: number;
  readonly mask: M;
}

/** y int8 = quantize(relu(conv(x) + bias) + bias); `sums` is room for the convolution's int32 sums. */
export function convActivate(
  library: Kernels,
  { shape, weights }: ConvParameters,
  count: number,
  x: Tensor,
  relu: ReluBehind,
  sums: Tensor,
  y: Tensor,
): void {
  library.check(library.symbols.eoq_int8_conv_forward_activate(
    x.handle,
    weights.handle,
    relu.scalars.handle,
    relu.before,
    relu.behind,
    sums.handle,
    y.handle,
    relu.mask?.handle ?? 0,
    shape.handle,
    count,
  ));
}

/** y int8 = quantize(conv(x)); `sums` as above. */
export function convQuantize(
  library: Kernels,
  { shape, weights }: ConvParameters,
  count: number,
  x: Tensor,
  sums: Tensor,
  y: Tensor,
): void {
  library.check(library.symbols.eoq_int8_conv_forward_quantize(
    x.handle,
    weights.handle,
    sums.handle,
    y.handle,
    shape.handle,
    count,
  ));
}

/** dx int8 from dy int8: the error before a ReLU with biases around it, whose gradients go to `gradients`. */
export function convActivateBackward(
  library: Kernels,
  { shape, weights }: ConvParameters,
  count: number,
  dy: Tensor,
  relu: ReluBehind<Tensor>,
  gradients: Tensor,
  sums: Tensor,
  dx: Tensor,
): void {
  library.check(library.symbols.eoq_int8_conv_backward_data_activate(
    dy.handle,
    weights.handle,
    relu.mask.handle,
    sums.handle,
    gradients.handle,
    relu.before,
    relu.behind,
    dx.handle,
    shape.handle,
    count,
  ));
}

/** A shortcut's error, which joins that of a block's first convolution. */
export interface ShortcutError {
  readonly error: Tensor;
  /** From the block's input to the error. */
  readonly shape: ConvShape;
  /** Whether the shortcut starts behind the bias of the block's input. */
  readonly behindBias: boolean;
  /** The ReLU that made the block's input, and the bias behind it. */
  readonly relu: ReluBehind<Tensor>;
}

/** dx int8: the error of a block's input, from the error dy behind its first convolution and its shortcut's. */
export function convBlockBackward(
  library: Kernels,
  { shape, weights }: ConvParameters,
  count: number,
  dy: Tensor,
  { error, shape: shortcut, behindBias, relu }: ShortcutError,
  gradients: Tensor,
  sums: Tensor,
  dx: Tensor,
): void {
  library.check(library.symbols.eoq_int8_conv_backward_data_block(
    dy.handle,
    weights.handle,
    error.handle,
    relu.mask.handle,
    behindBias ? 1 : 0,
    sums.handle,
    gradients.handle,
    relu.before,
    relu.behind,
    dx.handle,
    shape.handle,
    shortcut.handle,
    count,
  ));
}

/** Gradient of the weights from x and dy, and their update; run it after {@linkcode convBackwardData}. */
export function convUpdate(
  library: Kernels,
  parameters: ConvParameters,
  count: number,
  x: Tensor,
  dy: Tensor,
  buffers: ErrorBuffers,
  key: UpdateKey,
): void {
  const { conv, shape } = parameters;
  const gradients = buffers.gradients(conv);
  library.check(library.symbols.eoq_int8_conv_backward_weights(
    x.handle,
    dy.handle,
    gradients.handle,
    shape.handle,
    count,
  ));
  const update = () => {
    if (parameters.centredGradients) {
      library.check(
        library.symbols.eoq_int8_centre_gradients(gradients.handle, conv.outputs, parameters.weights.count),
      );
    }
    updateWeights(library, parameters, gradients, key);
  };
  if (key.probe === undefined) return update();
  const { input, output } = convElements(conv);
  key.probe.around(parameters, { tensor: x, count: count * input }, { tensor: dy, count: count * output }, update);
}

function updateWeights(
  library: Kernels,
  { weights, fraction, momentum, stream }: ConvParameters,
  gradients: Tensor,
  key: UpdateKey,
): void {
  library.check(library.symbols.eoq_int8_update(
    weights.handle,
    fraction?.handle ?? 0,
    momentum.handle,
    gradients.handle,
    key.rate.mantissa,
    key.rate.exponent,
    weights.count,
    key.seed,
    key.step,
    stream,
  ));
}
