/**
 * A Fixup residual block in int8 (arXiv 1901.09321, figure 1 right):
 *
 *     u = x + b1a;  v = relu(conv1(u) + b1b) + b2a;  z = conv2(v)
 *     output = relu(z * scale + b2b + shortcut)
 *
 * The shortcut is x, or where the shape changes the strided u with zero
 * channels appended.
 *
 * @module
 */

import type { Library } from "../../native/library.ts";
import type { Tensor } from "../../native/tensor.ts";
import { outputSize } from "../../plan/plan.ts";
import type { BasicBlock } from "../../plan/residual.ts";
import type { Activations, BlockActivations, ErrorBuffers } from "./activations.ts";
import {
  convActivate,
  convActivateBackward,
  convBlockBackward,
  convQuantize,
  convUpdate,
  type ReluBehind,
  type UpdateKey,
} from "./conv.ts";
import type { Parameters } from "./parameters.ts";

/** Elements of a batch at the block's input, between its convolutions, and at its output. */
function counts(block: BasicBlock, count: number): { input: number; inner: number; output: number } {
  const { conv1, conv2 } = block;
  const inner = outputSize(conv1);
  const output = outputSize(conv2);
  return {
    input: count * conv1.height * conv1.width * conv1.inputs,
    inner: count * inner.height * inner.width * conv1.outputs,
    output: count * output.height * output.width * conv2.outputs,
  };
}

/** The ReLU between the convolutions of block `index`. */
function innerRelu({ scalars, layout }: Parameters, index: number, kept: BlockActivations): ReluBehind {
  const { bias1b, bias2a } = layout.blocks[index]!;
  return { scalars, before: bias1b, behind: bias2a, mask: kept.mask1 };
}

/** Runs block `index` on x and returns its output. */
export function blockForward(
  library: Library,
  block: BasicBlock,
  index: number,
  parameters: Parameters,
  activations: Activations,
  count: number,
  x: Tensor,
): Tensor {
  const { symbols } = library;
  const scalars = parameters.layout.blocks[index]!;
  const { conv1, conv2 } = parameters.blocks[index]!;
  const kept = activations.blocks[index]!;
  const { sums } = activations;
  const handle = parameters.scalars.handle;
  const sizes = counts(block, count);

  library.check(symbols.eoq_int8_add_bias(x.handle, sizes.input, handle, scalars.bias1a, kept.u.handle));
  convActivate(library, conv1, count, kept.u, innerRelu(parameters, index, kept), sums, kept.v);
  convQuantize(library, conv2, count, kept.v, sums, kept.z);
  library.check(symbols.eoq_int8_residual(
    kept.z.handle,
    shortcutForward(library, block, kept, count, x).handle,
    sizes.output,
    handle,
    scalars.scale,
    scalars.bias2b,
    kept.output.handle,
    kept.mask2?.handle ?? 0,
  ));
  return kept.output;
}

function shortcutForward(
  library: Library,
  block: BasicBlock,
  kept: BlockActivations,
  count: number,
  x: Tensor,
): Tensor {
  if (kept.shortcut === undefined) return x;
  const { conv1 } = block;
  library.check(library.symbols.eoq_int8_shortcut(
    kept.u.handle,
    count,
    conv1.height,
    conv1.width,
    conv1.inputs,
    conv1.stride,
    conv1.outputs,
    kept.shortcut.handle,
  ));
  return kept.shortcut;
}

/** What the error passes on its way out of a block. */
export interface BelowBlock {
  /** Mask of the ReLU that made the block's input. */
  readonly mask: Tensor;
  /** The bias before that ReLU whose gradient is the sum of the error, or -1. */
  readonly bias: number;
}

/**
 * Turns the masked error of the block's output (`error`) into that of its
 * input (`result`), and updates the block's weights on the way.
 */
export function blockBackward(
  library: Library,
  block: BasicBlock,
  index: number,
  parameters: Parameters,
  activations: Activations,
  errors: ErrorBuffers,
  count: number,
  error: Tensor,
  result: Tensor,
  below: BelowBlock,
  key: UpdateKey,
): void {
  const { symbols } = library;
  const scalars = parameters.layout.blocks[index]!;
  const { conv1, conv2 } = parameters.blocks[index]!;
  const kept = activations.blocks[index]!;
  const { sums } = activations;
  const { branch, inner } = errors;
  const sizes = counts(block, count);

  library.check(symbols.eoq_int8_residual_backward(
    error.handle,
    kept.z.handle,
    sizes.output,
    parameters.scalars.handle,
    scalars.scale,
    scalars.bias2b,
    errors.scalars.handle,
    branch.handle,
  ));
  const { scalars: gradients } = errors;
  convActivateBackward(library, conv2, count, branch, innerRelu(parameters, index, kept), gradients, sums, inner);
  convUpdate(library, conv2, count, kept.v, branch, errors, key);
  const relu = { scalars: parameters.scalars, before: below.bias, behind: scalars.bias1a, mask: below.mask };
  const shortcut = { error, stride: block.conv1.stride, channels: block.conv2.outputs, relu };
  convBlockBackward(library, conv1, count, inner, shortcut, gradients, sums, result);
  convUpdate(library, conv1, count, kept.u, inner, errors, key);
}
