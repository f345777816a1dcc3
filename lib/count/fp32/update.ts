/**
 * SGD with momentum and weight decay (kernels/fp32/sgd.c), an element:
 * v = momentum v + (gradient + decay weight), weight -= rate v, with Nesterov's
 * momentum rate (gradient + decay weight + momentum v). What has no
 * decay has one of zero. Centred, the mean of an output channel is taken off
 * its gradient; overhead: the lanes of its sum.
 *
 * @module
 */

import { type Each, fixed, type Move, type SomeFormulas } from "../formula.ts";
import { sumOperations } from "../kinds.ts";
import { type Floats, floats, moved } from "./kinds.ts";
import { TILE } from "./lanes.ts";

const UPDATE: Floats = { multiplies: 3, adds: 3 };
const NESTEROV: Floats = { multiplies: 1, adds: 1 };
/** To the sum of a channel, and off the gradient. */
const CENTRE: Floats = { adds: 2 };

/** @param passes over the gradients */
function movesOf(count: number, passes: number): Move[] {
  return [moved("weights", count, count), moved("optimizer", count, count), moved("gradients", passes * count)];
}

function stepOf(all: number, nesterov: boolean): Each {
  return nesterov ? sumOperations([floats(all, UPDATE), floats(all, NESTEROV)]) : floats(all, UPDATE);
}

/** Formulas of updates. */
export const FP32_UPDATES = {
  fp32_sgd_step({ count, nesterov }) {
    const all = fixed(count);
    return { operations: stepOf(all, nesterov === 1), moves: movesOf(all, 1) };
  },
  fp32_sgd_step_centered({ k, length, nesterov }) {
    const channels = fixed(k), each = fixed(length), all = channels * each;
    return {
      operations: sumOperations([stepOf(all, nesterov === 1), floats(all, CENTRE), floats(channels, { divides: 1 })]),
      overhead: floats(channels, { adds: Math.min(TILE, each) }),
      moves: movesOf(all, 2),
    };
  },
} satisfies SomeFormulas;
