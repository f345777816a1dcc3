/**
 * phi(J J^T) = E[tr(J J^T)] / n by random probes (Hutchinson, Communications
 * in Statistics 19(2), 1990): E |J^T v|^2 is the trace for any random v whose
 * elements are independent with mean 0 and variance 1.
 *
 * @module
 */

import { mix32 } from "../../random.ts";

/** A chain of differentiable blocks, seen from behind. */
export interface BlockChain {
  /** In forward order. */
  readonly blocks: readonly { readonly name: string; readonly outputs: number }[];
  /** J^T v of a block: as long as the block's input. `v` has an element an output. */
  vectorJacobian(block: number, v: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
}

/** What one probe of a chain measures. */
export interface Probe {
  /** |J^T v|^2 / n of each block, with a v of its own. */
  readonly phis: readonly number[];
  /**
   * |g|^2 / n of the gradient in front of each block, when a random gradient
   * enters behind the last one; n counts the elements of that.
   */
  readonly gradients: readonly number[];
}

/** Signs, which among all such v have the least variance, by a counter. */
export function randomSigns(count: number, key: number): Float32Array<ArrayBuffer> {
  return new Float32Array(count).map((_, i) => 2 * (mix32(mix32(key) + i) & 1) - 1);
}

function power(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** Probes each block and the whole chain once. @param key Another one gives other random vectors. */
export function probe(chain: BlockChain, key: number): Probe {
  const { blocks } = chain;
  const vector = (block: number, purpose: number) =>
    randomSigns(blocks[block]!.outputs, mix32(mix32(2 * key + purpose) ^ block));
  const phis = blocks.map(({ outputs }, i) => power(chain.vectorJacobian(i, vector(i, 0))) / outputs);
  const gradients = new Array<number>(blocks.length);
  const last = blocks.length - 1;
  let gradient = vector(last, 1);
  for (let i = last; i >= 0; i--) {
    gradient = chain.vectorJacobian(i, gradient);
    gradients[i] = power(gradient) / blocks[last]!.outputs;
  }
  return { phis, gradients };
}
