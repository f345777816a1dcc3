/**
 * Lines up the layers of int8 networks.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { type BlockPlan, convolutions, type ConvPlan, type Plan } from "../../plan/plan.ts";
import { Block } from "./block.ts";
import { ConvLayer } from "./conv_layer.ts";
import type { Layer, Source } from "./layer.ts";
import { MaxPool } from "./max_pool.ts";
import { NormBlock } from "./norm_block.ts";
import { NormLayer } from "./norm_layer.ts";
import { MAX_REDUCTION } from "./number.ts";
import type { Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";

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

/** Makes the layers of a checked plan, in forward order; the head does the average pool. */
export type LineUp = (room: Room, parameters: Parameters, input: Source, plan: Plan) => Layer[];

type Make<T> = new (room: Room, parameters: Parameters, source: Source, plan: T) => Layer;

function lineUp(Conv: Make<ConvPlan>, Residual: Make<BlockPlan>): LineUp {
  return (room, parameters, input, plan) => {
    const layers: Layer[] = [];
    for (const layer of plan.layers) {
      const source = layers.at(-1) ?? input;
      if (layer.kind === "conv") layers.push(new Conv(room, parameters, source, layer.conv));
      else if (layer.kind === "block") layers.push(new Residual(room, parameters, source, layer.block));
      else if (layer.kind === "max-pool") layers.push(new MaxPool(room, source, layer.pool));
    }
    return layers;
  };
}

/** Fixup's layers: biases and multipliers instead of batch norm. */
export const eoqLayers: LineUp = lineUp(ConvLayer, Block);

/** The same with batch norm behind every convolution. */
export const normLayers: LineUp = lineUp(NormLayer, NormBlock);
