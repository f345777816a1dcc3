/**
 * Counts in the making: what one call executes and moves, and the lines of a
 * table that several of them come to.
 *
 * @module
 */

import { type Counted, times } from "./formula.ts";
import { type LayerOperations, sumOperations, type Traffic } from "./kinds.ts";

/** What one thing executes and moves for a batch. */
export interface Part extends Counted, Pick<LayerOperations, "layer" | "phase"> {}

/** The same thing so many times. */
export function repeat(count: number, counted: Counted): Counted {
  if (count === 1) return counted;
  const { operations, overhead = {}, macs = 0, products = 0, moves } = counted;
  return {
    operations: times(count, operations),
    overhead: times(count, overhead),
    macs: count * macs,
    products: count * products,
    moves: moves.map(({ tensor, read = 0, written = 0 }) => ({
      tensor,
      read: count * read,
      written: count * written,
    })),
  };
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
    products: own.reduce((sum, { products }) => sum + (products ?? 0), 0),
  }));
}

/** The bytes of each layer, phase and class of tensors, in the order of the first part of each. */
export function trafficOf(parts: readonly Part[]): Traffic[] {
  const moves = parts.flatMap(({ layer, phase, moves }) => moves.map((move) => ({ layer, phase, ...move })));
  const lines = Map.groupBy(moves, ({ layer, phase, tensor }) => `${layer} ${phase} ${tensor}`);
  return [...lines.values()].map((own) => {
    const { layer, phase, tensor } = own[0]!;
    const sum = (way: "read" | "written") => own.reduce((sum, move) => sum + (move[way] ?? 0), 0);
    return { layer, phase, tensor, read: sum("read"), written: sum("written") };
  });
}
