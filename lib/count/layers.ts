/**
 * A network layer by layer: what each makes of its input, and what it costs.
 *
 * @module
 */

import {
  type BlockPlan,
  convElements,
  type ConvPlan,
  type ImageShape,
  type LayerPlan,
  outputSize,
  type Plan,
} from "../plan/plan.ts";
import { convMacs } from "./taps.ts";

/** A convolution, a pool, or what else stands in a line of its own. */
export interface LayerCost {
  readonly name: string;
  /** As people write it: `conv 3x3/2`. */
  readonly operation: string;
  readonly output: ImageShape;
  /** Weights of a convolution; biases and norms are the method's. */
  readonly weights: number;
  /** Multiply-accumulates of one image forward, padding taps counted. */
  readonly macs: number;
}

function windowText(kernel: number, stride: number): string {
  return `${kernel}x${kernel}${stride === 1 ? "" : `/${stride}`}`;
}

function convCost(conv: ConvPlan): LayerCost {
  const { name, kernel, stride, outputs } = conv;
  return {
    name,
    operation: `conv ${windowText(kernel, stride)}`,
    output: { ...outputSize(conv), channels: outputs },
    weights: convElements(conv).weights,
    macs: convMacs(conv),
  };
}

function blockCosts({ convs, shortcut }: BlockPlan): LayerCost[] {
  const costs = convs.map(convCost);
  return shortcut.kind === "projection" ? [...costs, convCost(shortcut.conv)] : costs;
}

function layerCosts(layer: LayerPlan): LayerCost[] {
  switch (layer.kind) {
    case "conv":
      return [convCost(layer.conv)];
    case "block":
      return blockCosts(layer.block);
    case "max-pool": {
      const { name, kernel, stride, channels } = layer.pool;
      const operation = `max pool ${windowText(kernel, stride)}`;
      return [{ name, operation, output: { ...outputSize(layer.pool), channels }, weights: 0, macs: 0 }];
    }
    case "average-pool": {
      const output = { height: 1, width: 1, channels: layer.input.channels };
      return [{ name: "pool", operation: "average pool", output, weights: 0, macs: 0 }];
    }
    case "flatten": {
      const { height, width, channels } = layer.input;
      const output = { height: 1, width: 1, channels: height * width * channels };
      return [{ name: "flatten", operation: "flatten", output, weights: 0, macs: 0 }];
    }
  }
}

/** Every layer in forward order; a block is as many as it has convolutions. */
export function costsOfLayers(plan: Plan): LayerCost[] {
  return [...plan.layers.flatMap(layerCosts), convCost(plan.classifier)];
}
