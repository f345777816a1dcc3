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
import { type BlockPlan, outputSize } from "../../plan/plan.ts";
import type { Activations, BlockActivations, ErrorBuffers } from "./activations.ts";
import { convBackwardData, convForward, convUpdate, type UpdateKey } from "./conv.ts";
import type { Parameters } from "./parameters.ts";

/** Elements of a batch at the block's input, between its convolutions, and at its output. */
function counts(block: BlockPlan, count: number): { input: number; inner: number; output: number } {
  const { conv1, conv2 } = block;
  const inner = outputSize(conv1);
  const output = outputSize(conv2);
  return {
    input: count * conv1.height * conv1.width * conv1.inputs,
    inner: count * inner.height * inner.width * conv1.outputs,
    output: count * output.height * output.width * conv2.outputs,
  };
}

/** Runs block `index` on x and returns its output. */
export function blockForward(
  library: Library,
  block: BlockPlan,
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
  convForward(library, conv1, count, kept.u, sums, { scalars: parameters.scalars, index: scalars.bias1b, count: 1 });
  library.check(symbols.eoq_int8_activate(
    sums.handle,
    sizes.inner,
    handle,
    scalars.bias2a,
    kept.v.handle,
    kept.mask1?.handle ?? 0,
  ));
  convForward(library, conv2, count, kept.v, sums);
  library.check(symbols.eoq_int8_quantize(sums.handle, sizes.output, kept.z.handle));
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

function shortcutForward(library: Library, block: BlockPlan, kept: BlockActivations, count: number, x: Tensor): Tensor {
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
  block: BlockPlan,
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
  const { branch } = errors;
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
  convBackwardData(library, conv2, count, branch, sums);
  convUpdate(library, conv2, count, kept.v, branch, errors, key);
  library.check(symbols.eoq_int8_activate_backward(
    sums.handle,
    kept.mask1!.handle,
    sizes.inner,
    errors.scalars.handle,
    scalars.bias2a,
    scalars.bias1b,
    branch.handle,
  ));
  convBackwardData(library, conv1, count, branch, sums);
  convUpdate(library, conv1, count, kept.u, branch, errors, key);
  library.check(symbols.eoq_int8_block_backward(
    sums.handle,
    error.handle,
    count,
    block.conv1.height,
    block.conv1.width,
    block.conv1.inputs,
    block.conv1.stride,
    block.conv2.outputs,
    below.mask.handle,
    errors.scalars.handle,
    scalars.bias1a,
    below.bias,
    result.handle,
  ));
}
