/**
 * From counts to energy, area and time by a cost model.
 *
 * @module
 */

import type { CostModel, Quantity } from "./cost_model.ts";
import { OPERATION_KINDS, type Operations } from "./kinds.ts";

/** Cycles in which {@linkcode Cost.area} does the counted operations. */
export const AREA_CYCLES = 1e6;

/** What counted work costs, in the units of the model; null is what the model cannot give. */
export interface Cost {
  /** Of the operations, that part of it whose numbers are assumed, and of the memory traffic. */
  readonly energy: {
    readonly operations: number | null;
    readonly assumed: number | null;
    readonly memory: number | null;
  };
  /** Of as many units of each kind as do the operations in {@linkcode AREA_CYCLES} cycles, one each a cycle. */
  readonly area: number | null;
  /** Of the operations one after another on one unit each. */
  readonly latency: number | null;
}

function sum(model: CostModel, quantity: Quantity, operations: Operations, assumedAlone = false): number | null {
  const unit = model.units[quantity];
  if (unit === null) return null;
  let total = 0;
  for (const kind of OPERATION_KINDS) {
    const { assumed, [quantity]: each } = model.operations[kind];
    if (operations[kind] === 0 || (assumedAlone && !assumed)) continue;
    if (each === null) return null;
    total += operations[kind] * each;
  }
  return total * unit.factor;
}

/** Energy of traffic at the level that the model charges it to. */
function trafficEnergy({ units, memory }: CostModel, bytes: number): number | null {
  const level = memory.traffic === null ? undefined : memory.levels[memory.traffic];
  if (units.energy === null || level === undefined) return null;
  return bytes / level.bytes * level.energy * units.energy.factor;
}

/**
 * Prices operations and bytes read and written.
 *
 * @example
 * ```ts
 * import { priceWork } from "./cost.ts";
 * import { COST_MODELS } from "./cost_model.ts";
 * import { operationsOf } from "./kinds.ts";
 * const model = COST_MODELS.get("horowitz-45nm")!;
 * const { energy } = priceWork(model, operationsOf({ "int8-multiply": 1e12, "int32-add": 1e12 }), 0);
 * console.log(energy.operations); // 0.3 joules, up to rounding
 * ```
 */
export function priceWork(model: CostModel, operations: Operations, bytes: number): Cost {
  const area = sum(model, "area", operations);
  return {
    energy: {
      operations: sum(model, "energy", operations),
      assumed: sum(model, "energy", operations, true),
      memory: trafficEnergy(model, bytes),
    },
    area: area === null ? null : area / AREA_CYCLES,
    latency: sum(model, "latency", operations),
  };
}
