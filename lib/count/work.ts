/**
 * The work of a layer in a phase: its operations and the bytes that it moves,
 * and sums of such work.
 *
 * @module
 */

import { type LayerOperations, type Operations, type Phase, PHASES, sumOperations, type Traffic } from "./kinds.ts";

/** Classes of tensors that traffic is told apart by. */
export const TENSORS = ["weights", "activations", "errors", "gradients", "optimizer"] as const;

/** What can be asked for: inference, a phase of a training step, or all of them together. */
export const SELECTIONS = ["inference", ...PHASES, "step"] as const;

/** Name of a phase or of the whole step. */
export type Selection = typeof SELECTIONS[number];

/** How totals can be broken up. */
export const GROUPINGS = ["kind", "phase", "layer"] as const;

/** Name of a grouping. */
export type Grouping = typeof GROUPINGS[number];

/** Bytes read and written by class of tensor. */
export type TrafficByTensor = Readonly<
  Record<typeof TENSORS[number], { readonly read: number; readonly written: number }>
>;

/** Operations and bytes, for a batch. */
export interface Work {
  /** Nominal: padding taps counted. */
  readonly macs: number;
  /** Multiply-accumulates that are executed, which the operations have in them; reports of before lack them. */
  readonly products?: number | undefined;
  readonly operations: Operations;
  /** What the SIMD kernels execute beside that. */
  readonly overhead: Operations;
  readonly traffic: TrafficByTensor;
}

/** The work of a layer in a phase. */
export interface LayerWork extends Work {
  readonly layer: string;
  readonly phase: Phase | "inference";
}

function sumTraffic(all: readonly TrafficByTensor[]): TrafficByTensor {
  return Object.fromEntries(TENSORS.map((tensor) => [tensor, {
    read: all.reduce((sum, each) => sum + each[tensor].read, 0),
    written: all.reduce((sum, each) => sum + each[tensor].written, 0),
  }])) as TrafficByTensor;
}

/** The sum of several works. */
export function sumWork(all: readonly Work[]): Work {
  return {
    macs: all.reduce((sum, { macs }) => sum + macs, 0),
    products: all.reduce((sum, { products = 0 }) => sum + products, 0),
    operations: sumOperations(all.map(({ operations }) => operations)),
    overhead: sumOperations(all.map(({ overhead }) => overhead)),
    traffic: sumTraffic(all.map(({ traffic }) => traffic)),
  };
}

/** Bytes that a work reads and writes. */
export function bytesMoved({ traffic }: Work): { read: number; written: number } {
  const all = Object.values(traffic);
  return {
    read: all.reduce((sum, { read }) => sum + read, 0),
    written: all.reduce((sum, { written }) => sum + written, 0),
  };
}

/** Operations and traffic put together, a layer and phase of the selection each, in forward order of their first phase. */
export function joinWork(
  operations: readonly LayerOperations[],
  traffic: readonly Traffic[],
  selection: Selection,
): LayerWork[] {
  const wanted: readonly string[] = selection === "step" ? PHASES : [selection];
  const works = new Map<string, LayerWork>();
  const add = ({ layer, phase, ...work }: Pick<LayerWork, "layer" | "phase"> & Partial<Work>) => {
    if (!wanted.includes(phase)) return;
    const before = works.get(`${phase} ${layer}`);
    const full = {
      macs: work.macs ?? 0,
      products: work.products ?? 0,
      operations: sumOperations(work.operations === undefined ? [] : [work.operations]),
      overhead: sumOperations(work.overhead === undefined ? [] : [work.overhead]),
      traffic: sumTraffic(work.traffic === undefined ? [] : [work.traffic]),
    };
    works.set(`${phase} ${layer}`, { layer, phase, ...before === undefined ? full : sumWork([before, full]) });
  };
  operations.forEach(add);
  for (const { layer, phase, tensor, read, written } of traffic) {
    add({ layer, phase, traffic: { ...sumTraffic([]), [tensor]: { read, written } } });
  }
  return [...works.values()];
}
