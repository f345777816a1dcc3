/**
 * Small networks and batches for tests of the fp32 methods.
 *
 * @module
 */

import { createBatchNormNetwork, createFixupNetwork } from "../../../lib/exec/fp32/network.ts";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import type { Batch, Network, NetworkOptions, StateEntry } from "../../../lib/exec/network.ts";
import { PlanBuilder } from "../../../lib/plan/builder.ts";
import type { Plan } from "../../../lib/plan/plan.ts";

/** A basic block. */
const basic = (outputs: number, stride: number) => [
  { name: "conv1", outputs, kernel: 3, stride },
  { name: "conv2", outputs, kernel: 3 },
];

/** Two colours, odd size, one identity block and one of each kind of changed shape. */
export const PLAN: Plan = new PlanBuilder("tiny", { height: 7, width: 7, channels: 2, classes: 3 })
  .conv({ name: "stem", outputs: 4, kernel: 3 })
  .block("a", basic(4, 1), "pad")
  .block("b", basic(6, 2), "pad")
  .block("c", basic(6, 2), "pad")
  .averagePool()
  .build();

/** A bottleneck block. */
const bottleneck = (outputs: number, stride: number) => [
  { name: "conv1", outputs: 3, kernel: 1 },
  { name: "conv2", outputs: 3, kernel: 3, stride },
  { name: "conv3", outputs, kernel: 1 },
];

/** A wide stem, a max pool, and blocks of both kinds with projections and without. */
export const PROJECTED: Plan = new PlanBuilder("projected", { height: 12, width: 11, channels: 3, classes: 3 })
  .conv({ name: "stem", outputs: 4, kernel: 7, stride: 2 })
  .maxPool("pool", 3, 2, 1)
  .block("a", basic(4, 1), "projection")
  .block("b", bottleneck(6, 1), "projection")
  .block("c", bottleneck(6, 1), "projection")
  .block("d", bottleneck(8, 2), "projection")
  .block("e", basic(8, 2), "projection")
  .averagePool()
  .build();

/** Convolutions, max pools, and layers over a single pixel. */
export const PLAIN: Plan = new PlanBuilder("plain", { height: 9, width: 9, channels: 1, classes: 4 })
  .conv({ name: "conv1", outputs: 3, kernel: 5 })
  .maxPool("pool1", 2, 2, 0)
  .conv({ name: "conv2", outputs: 5, kernel: 3, padding: 0 })
  .flatten()
  .conv({ name: "hidden", outputs: 7, kernel: 1 })
  .build();

/** Layers over a single pixel alone. */
export const FLAT: Plan = new PlanBuilder("flat", { height: 4, width: 3, channels: 2, classes: 3 })
  .flatten()
  .conv({ name: "hidden1", outputs: 9, kernel: 1 })
  .conv({ name: "hidden2", outputs: 6, kernel: 1 })
  .build();

/** Makes a network of each method. */
export const CREATE: Readonly<Record<"bn-fp32" | "fixup-fp32", (options: NetworkOptions) => Network>> = {
  "bn-fp32": createBatchNormNetwork,
  "fixup-fp32": createFixupNetwork,
};

/** A batch that a seed decides. */
export function batchOf(
  count: number,
  seed: number,
  { height, width, channels, classes }: Plan = PLAN,
): Batch & { images: Uint8Array; labels: Int16Array } {
  const source = uniformSource(seed, 9);
  return {
    images: Uint8Array.from({ length: count * height * width * channels }, () => 256 * source()),
    labels: Int16Array.from({ length: count }, () => classes * source()),
    count,
  };
}

/** The numbers of an entry. */
export function valuesOf(entry: StateEntry): Float64Array {
  return Float64Array.from(new Float32Array(new Uint8Array(entry.bytes).buffer));
}

/** The numbers of the state by name. */
export function stateMap(network: Network): Map<string, Float64Array> {
  return new Map(network.state().map((entry) => [entry.name, valuesOf(entry)]));
}

/** Moves every weight at random, so that nothing is zero as it may be at the start. */
export function perturb(network: Network, seed: number): void {
  const source = uniformSource(seed, 10);
  network.restore(
    network.state().map((entry) => {
      if (!entry.weights || entry.name.includes(".running")) return entry;
      const values = Float32Array.from(valuesOf(entry), (value) => value + 0.4 * (2 * source() - 1));
      return { ...entry, bytes: new Uint8Array(values.buffer) };
    }),
  );
}
