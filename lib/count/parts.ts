/**
 * Counts in the making: what one thing executes, and the lines of a table that
 * several of them come to.
 *
 * @module
 */

import { type LayerOperations, type OperationKind, type Operations, sumOperations } from "./kinds.ts";

/** What one thing executes for a batch. */
export interface Part extends Pick<LayerOperations, "layer" | "phase"> {
  readonly operations: Partial<Operations>;
  readonly overhead?: Partial<Operations>;
  /** Multiply-accumulates, padding taps counted. */
  readonly macs?: number;
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
