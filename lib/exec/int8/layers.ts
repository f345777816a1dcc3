/**
 * Lines up the layers of int8 networks.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import {
  type BlockPlan,
  convolutions,
  type ConvPlan,
  type LayerPlan,
  type MaxPoolPlan,
  type Plan,
} from "../../plan/plan.ts";
import { Block, ConvLayer, TrainingBlock, TrainingConvLayer } from "./fixup_layers.ts";
import type { Layer, Source, TrainingLayer, TrainingSource } from "./layer.ts";
import { InferenceMaxPool, TrainingMaxPool } from "./max_pool.ts";
import { InferenceNormBlock, InferenceNormLayer, TrainingNormBlock, TrainingNormLayer } from "./norm_layers.ts";
import { MAX_REDUCTION } from "./number.ts";
import type { Parameters } from "./parameters.ts";
import type { InferenceRoom } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";

/** @throws {UserError} naming the first layer that int8 sums have no room for, or that cannot stand where it does. */
export function checkPlan(plan: Plan): void {
  const { model, layers } = plan;
  for (const { name, kernel, inputs, outputs } of convolutions(plan)) {
    const products = kernel * kernel * Math.max(inputs, outputs);
    if (products > MAX_REDUCTION) {
      throw new UserError(`${model}: ${name} sums ${products} products, an int8 network at most ${MAX_REDUCTION}`);
    }
  }
  const first = layers.find(({ kind }) => kind !== "flatten");
  if (first?.kind !== "conv") throw new UserError(`${model}: the first layer of an int8 network is a convolution`);
  layers.forEach(({ kind }, i) => {
    if (kind === "average-pool" && (i !== layers.length - 1 || layers[i - 1]?.kind !== "block")) {
      throw new UserError(`${model}: an int8 network pools averages behind its last block`);
    }
  });
}

/** What of a method makes its layers; the head does the average pool. */
interface Kinds<R, S extends Source, L extends S> {
  /** @param source the images, or the layer in front */
  readonly conv: new (room: R, parameters: Parameters, source: S, conv: ConvPlan) => L;
  readonly block: new (room: R, parameters: Parameters, source: S, block: BlockPlan) => L;
  readonly pool: new (room: R, source: S, pool: MaxPoolPlan) => L;
}

/** Layers between the images and the head, or some of them. */
export interface LinedUp<S, L> {
  /** In forward order. */
  readonly layers: readonly L[];
  /** What the next layer reads: the last of them, or the input of none. */
  readonly last: S;
}

/** Makes layers of a checked plan that follow one another. */
type LineUp<R, S, L> = (room: R, parameters: Parameters, input: S, plans: readonly LayerPlan[]) => LinedUp<S, L>;

function lineUp<R, S extends Source, L extends S>(
  { conv: Conv, block: Residual, pool: Pool }: Kinds<R, S, L>,
): LineUp<R, S, L> {
  return (room, parameters, input, plans) => {
    const layers: L[] = [];
    for (const plan of plans) {
      const source = layers.at(-1) ?? input;
      if (plan.kind === "conv") layers.push(new Conv(room, parameters, source, plan.conv));
      else if (plan.kind === "block") layers.push(new Residual(room, parameters, source, plan.block));
      else if (plan.kind === "max-pool") layers.push(new Pool(room, source, plan.pool));
    }
    return { layers, last: layers.at(-1) ?? input };
  };
}

/** How a method's layers are made. */
export interface MethodLayers {
  readonly inference: LineUp<InferenceRoom, Source, Layer>;
  readonly training: LineUp<TrainingRoom, TrainingSource, TrainingLayer>;
}

/** Fixup's layers: biases and multipliers instead of batch norm. */
export const EOQ_LAYERS: MethodLayers = {
  inference: lineUp<InferenceRoom, Source, Layer>({ conv: ConvLayer, block: Block, pool: InferenceMaxPool }),
  training: lineUp<TrainingRoom, TrainingSource, TrainingLayer>({
    conv: TrainingConvLayer,
    block: TrainingBlock,
    pool: TrainingMaxPool,
  }),
};

/** The same with batch norm behind every convolution. */
export const NORM_LAYERS: MethodLayers = {
  inference: lineUp<InferenceRoom, Source, Layer>({
    conv: InferenceNormLayer,
    block: InferenceNormBlock,
    pool: InferenceMaxPool,
  }),
  training: lineUp<TrainingRoom, TrainingSource, TrainingLayer>({
    conv: TrainingNormLayer,
    block: TrainingNormBlock,
    pool: TrainingMaxPool,
  }),
};
