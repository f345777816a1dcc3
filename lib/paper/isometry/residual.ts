/**
 * A plan seen as a plain residual network, for what runs or counts no other:
 * a stem, basic blocks without projections, the global average pool.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { type BlockPlan, branchEnds, type ConvPlan, type LayerPlan, outputSize, type Plan } from "../../plan/plan.ts";

/** A block of two convolutions. */
export interface BasicBlock {
  readonly name: string;
  readonly conv1: ConvPlan;
  readonly conv2: ConvPlan;
  /** Whether the block's output differs from its input in shape. */
  readonly changesShape: boolean;
}

/** The layers of a plain residual network. */
export interface ResidualNetwork {
  readonly stem: ConvPlan;
  readonly blocks: readonly BasicBlock[];
  /** Pixels that the global average pool averages. */
  readonly pooledPixels: number;
}

function basicBlock(block: BlockPlan): BasicBlock | undefined {
  if (block.convs.length !== 2 || block.shortcut.kind === "projection") return undefined;
  const { first, last } = branchEnds(block);
  return { name: block.name, conv1: first, conv2: last, changesShape: block.shortcut.kind === "pad" };
}

/** @throws {UserError} naming the first layer that a plain residual network has not. */
export function residualNetwork({ model, layers }: Plan): ResidualNetwork {
  const refuse = (what: string) => new UserError(`${model}: ${what} is not what this method runs`);
  const [stem, ...others] = layers;
  if (stem?.kind !== "conv") throw refuse(`a first layer that is no convolution`);
  const pool = others.pop();
  if (pool?.kind !== "average-pool") throw refuse(`a network without global average pool`);
  const blocks = others.map((layer: LayerPlan) => {
    const block = layer.kind === "block" ? basicBlock(layer.block) : undefined;
    if (block === undefined) throw refuse(layer.kind === "block" ? layer.block.name : `a layer of ${layer.kind}`);
    return block;
  });
  const { height, width } = outputSize(blocks.at(-1)?.conv2 ?? stem.conv);
  return { stem: stem.conv, blocks, pooledPixels: height * width };
}
