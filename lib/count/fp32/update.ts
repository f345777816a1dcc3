/**
 * SGD with momentum and weight decay (kernels/fp32/sgd.c), an element:
 * v = momentum v + (gradient + decay weight), weight -= rate v. What has no
 * decay has one of zero. Centred, the mean of an output channel is taken off
 * its gradient; overhead: the lanes of its sum.
 *
 * @module
 */

import { sumOperations } from "../kinds.ts";
import type { Move, Part } from "../parts.ts";
import { type Floats, floats, moved } from "./kinds.ts";
import { TILE } from "./lanes.ts";

const UPDATE: Floats = { multiplies: 3, adds: 3 };
/** To the sum of a channel, and off the gradient. */
const CENTRE: Floats = { adds: 2 };

/** @param passes over the gradients */
function movesOf(count: number, passes: number): Move[] {
  return [moved("weights", count, count), moved("optimizer", count, count), moved("gradients", passes * count)];
}

/** The update of so many parameters of a layer. */
export function updateParameters(layer: string, count: number): Part {
  return { layer, phase: "update", operations: floats(count, UPDATE), moves: movesOf(count, 1) };
}

/** The update of the weights of so many output channels. */
export function updateWeights(layer: string, count: number, channels: number, centred: boolean): Part {
  const update = updateParameters(layer, count);
  if (!centred) return update;
  return {
    ...update,
    operations: sumOperations([update.operations, floats(count, CENTRE), floats(channels, { divides: 1 })]),
    overhead: floats(channels, { adds: Math.min(TILE, count / channels) }),
    moves: movesOf(count, 2),
  };
}
