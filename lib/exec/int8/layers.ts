/**
 * Lines up the layers of int8 networks.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { type BlockPlan, convolutions, type ConvPlan, type MaxPoolPlan, type Plan } from "../../plan/plan.ts";
import { Block, ConvLayer, TrainingBlock, TrainingConvLayer } from "./fixup_layers.ts";
import type { Layer, Source, TrainingLayer, TrainingSource } from "./layer.ts";
import { InferenceMaxPool, TrainingMaxPool } from "./max_pool.ts";
import { InferenceNormBlock, InferenceNormLayer, TrainingNormBlock, TrainingNormLayer } from "./norm_layers.ts";
import { MAX_REDUCTION } from "./number.ts";
import type { Parameters } from "./parameters.ts";
import type { InferenceRoom } from "./room.ts";
import type { TrainingRoom } from "./training_room.ts";

function noConvolution({ model }: Plan): UserError {
  return new UserError(`${model}: the first layer of an int8 network is a convolution`);
}

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
  if (first?.kind !== "conv") throw noConvolution(plan);
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
  readonly block: new (room: R, parameters: Parameters, source: L, block: BlockPlan) => L;
  readonly pool: new (room: R, source: L, pool: MaxPoolPlan) => L;
}

/** Layers between the images and the head. */
export interface LinedUp<L> {
  /** In forward order. */
  readonly layers: readonly L[];
  readonly last: L;
}

/** Makes the layers of a checked plan. */
type LineUp<R, S, L> = (room: R, parameters: Parameters, input: S, plan: Plan) => LinedUp<L>;

function lineUp<R, S extends Source, L extends S>(
  { conv: Conv, block: Residual, pool: Pool }: Kinds<R, S, L>,
): LineUp<R, S, L> {
  return (room, parameters, input, plan) => {
    const layers: L[] = [];
    let last: L | undefined;
    const above = () => {
      if (last === undefined) throw noConvolution(plan);
      return last;
    };
    for (const layer of plan.layers) {
      if (layer.kind === "conv") last = new Conv(room, parameters, last ?? input, layer.conv);
      else if (layer.kind === "block") last = new Residual(room, parameters, above(), layer.block);
      else if (layer.kind === "max-pool") last = new Pool(room, above(), layer.pool);
      else continue;
      layers.push(last);
    }
    return { layers, last: above() };
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
