/**
 * SGD with momentum and weight decay (kernels/fp32/sgd.c), an element:
 * v = momentum v + (gradient + decay weight), weight -= rate v. What has no
 * decay has one of zero.
 *
 * @module
 */

import type { Part } from "../parts.ts";
import { floats, moved } from "./kinds.ts";

/** The update of so many parameters of a layer. */
export function updateParameters(layer: string, count: number): Part {
  return {
    layer,
    phase: "update",
    operations: floats(count, { multiplies: 3, adds: 3 }),
    moves: [moved("weights", count, count), moved("optimizer", count, count), moved("gradients", count)],
  };
}
