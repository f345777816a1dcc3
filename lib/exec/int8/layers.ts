/**
 * Lines up the layers of an EOQ network.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { convolutions, type Plan } from "../../plan/plan.ts";
import { Block } from "./block.ts";
import { ConvLayer } from "./conv_layer.ts";
import type { Layer, Source } from "./layer.ts";
import { MaxPool } from "./max_pool.ts";
import type { Parameters } from "./parameters.ts";
import type { Room } from "./room.ts";

/** Products that a sum of a convolution can hold (EOQ_MAX_REDUCTION in kernels/int8/number.h). */
const MAX_REDUCTION = 65536;

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

/** The layers of a checked plan in forward order; the head does the average pool. */
export function eoqLayers(room: Room, parameters: Parameters, input: Source, plan: Plan): Layer[] {
  const layers: Layer[] = [];
  for (const layer of plan.layers) {
    const source = layers.at(-1) ?? input;
    if (layer.kind === "conv") layers.push(new ConvLayer(room, parameters, source, layer.conv));
    else if (layer.kind === "block") layers.push(new Block(room, parameters, source, layer.block));
    else if (layer.kind === "max-pool") layers.push(new MaxPool(room, source, layer.pool));
  }
  return layers;
}
