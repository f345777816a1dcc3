/**
 * Counts in the making: what one thing executes and moves, and the lines of a
 * table that several of them come to.
 *
 * Bytes are those of a machine that keeps a tensor nowhere between two passes
 * over it, and of everything else what it needs: each pass over a tensor reads
 * or writes it once; a convolution is one pass over its input, its weights and
 * its output. Partial sums, labels and what a convolution packs are not counted.
 *
 * @module
 */

import { type LayerOperations, type OperationKind, type Operations, sumOperations, type Traffic } from "./kinds.ts";

/** Bytes of one class of tensors that something reads and writes. */
export type Move = Pick<Traffic, "tensor"> & Partial<Pick<Traffic, "read" | "written">>;

/** What one thing executes and moves for a batch. */
export interface Part extends Pick<LayerOperations, "layer" | "phase"> {
  readonly operations: Partial<Operations>;
  readonly overhead?: Partial<Operations>;
  /** Multiply-accumulates, padding taps counted. */
  readonly macs?: number;
  readonly moves?: readonly Move[];
}

/** So many times some operations. */
export function times(count: number, each: Partial<Operations>): Partial<Operations> {
  return Object.fromEntries(Object.entries(each).map(([kind, number]) => [kind as OperationKind, count * number]));
}

/** A line for each layer and phase, in the order of the first part of each. */
export function linesOf(parts: readonly Part[]): LayerOperations[] {
  const lines = Map.groupBy(parts, ({ layer, phase }) => `${layer} ${phase}`);
  return [...lines.values()].map((own) => ({
    layer: own[0]!.layer,
    phase: own[0]!.phase,
    operations: sumOperations(own.map(({ operations }) => operations)),
    overhead: sumOperations(own.map(({ overhead }) => overhead ?? {})),
    macs: own.reduce((sum, { macs }) => sum + (macs ?? 0), 0),
  }));
}

/** The bytes of each layer, phase and class of tensors, in the order of the first part of each. */
export function trafficOf(parts: readonly Part[]): Traffic[] {
  const moves = parts.flatMap(({ layer, phase, moves }) => (moves ?? []).map((move) => ({ layer, phase, ...move })));
  const lines = Map.groupBy(moves, ({ layer, phase, tensor }) => `${layer} ${phase} ${tensor}`);
  return [...lines.values()].map((own) => {
    const { layer, phase, tensor } = own[0]!;
    const sum = (way: "read" | "written") => own.reduce((sum, move) => sum + (move[way] ?? 0), 0);
    return { layer, phase, tensor, read: sum("read"), written: sum("written") };
  });
}
