/**
 * A plan says what a network is: shapes and blocks as pure data. Execution in
 * either arithmetic, operation counts, memory and the printed summary all
 * follow from it, so nothing about a network is written twice.
 *
 * @module
 */

/** A convolution over NHWC data with a square kernel, no bias of its own. */
export interface ConvPlan {
  readonly name: string;
  /** Input height, width and channels. */
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  /** Output channels. */
  readonly outputs: number;
  /** Rows and columns of the kernel. */
  readonly kernel: number;
  readonly stride: number;
  /** Zero pixels added on each side. */
  readonly padding: number;
}

/**
 * A residual block of two convolutions. Where the shape changes the shortcut
 * takes every second pixel and appends zero channels (option A of He et al.,
 * arXiv 1512.03385).
 */
export interface BlockPlan {
  readonly name: string;
  readonly conv1: ConvPlan;
  readonly conv2: ConvPlan;
}

/** A residual network: stem, blocks, global average pool, linear classifier. */
export interface Plan {
  readonly model: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classes: number;
  readonly stem: ConvPlan;
  readonly blocks: readonly BlockPlan[];
  /** The classifier as a 1x1 convolution over one pooled pixel. */
  readonly classifier: ConvPlan;
}

/** Height and width of a convolution's output in pixels. */
export function outputSize(conv: ConvPlan): { height: number; width: number } {
  const size = (length: number) => Math.floor((length + 2 * conv.padding - conv.kernel) / conv.stride) + 1;
  return { height: size(conv.height), width: size(conv.width) };
}

/** Whether the block's output differs from its input in shape. */
export function changesShape(block: BlockPlan): boolean {
  return block.conv1.stride !== 1 || block.conv1.inputs !== block.conv2.outputs;
}

/** Every convolution of a plan in forward order, the classifier last. */
export function convolutions(plan: Plan): ConvPlan[] {
  return [plan.stem, ...plan.blocks.flatMap((block) => [block.conv1, block.conv2]), plan.classifier];
}

/** Pixels that the global average pool averages. */
export function pooledPixels(plan: Plan): number {
  const last = plan.blocks.at(-1)?.conv2 ?? plan.stem;
  const size = outputSize(last);
  return size.height * size.width;
}
