/**
 * Which calls of a program may run beside the others: the gradients of a
 * layer's weights and their update, whose results no call of the step needs. C
 * finds out which has to wait for which (`kernels/program/beside.c`);
 * the more memory is shared, the more they wait.
 *
 * @module
 */

import { type Lifetime, lifetimesOf, type MemoryPlan, planMemory } from "./memory.ts";
import type { Call, Program, Unit } from "./program.ts";
import { Tensor } from "./tensor.ts";
import { flatten } from "./words.ts";

/** Whether no call but updates needs what a call computes. */
function isBeside({ kernel, phase }: Call): boolean {
  return phase === "update" || kernel === "int8_conv_backward_weights" || kernel === "fp32_conv_backward_weights";
}

/** The units of a program, those of a layer in a row, in their order; none where nothing runs beside them. */
export function unitsOf({ calls }: Program): Unit[] {
  const units: Unit[] = [];
  for (let first = 0, end = 0; first < calls.length; first = end) {
    end = first + 1;
    if (!isBeside(calls[first]!)) continue;
    const { layer } = calls[first]!;
    while (end < calls.length && isBeside(calls[end]!) && calls[end]!.layer === layer) end++;
    units.push({ first, end });
  }
  return units.length > 1 ? units : [];
}

/** The planned tensors that a call names. */
function plannedOf({ kernel, words }: Call): Tensor[] {
  return flatten(kernel, words).filter((word) => word instanceof Tensor).filter(({ planned }) => planned);
}

/** Bytes up to which what a unit alone names has a place of its own: more of them stay in the cache by sharing one. */
const SMALL_BYTES = 16 * 1024;

/** Lays the planned tensors of a program out so that few calls have to wait for its units. */
export function planBeside(program: Program, units: readonly Unit[]): MemoryPlan {
  const last = program.calls.length - 1;
  const calls = units.flatMap(({ first, end }) => program.calls.slice(first, end));
  const named = new Set(calls.flatMap(plannedOf));
  const inside = (each: Lifetime) => units.some(({ first, end }) => each.first >= first && each.last < end);
  const [own, others] = [[], []] as [Lifetime[], Lifetime[]];
  for (const each of lifetimesOf(program)) {
    if (each.bytes > SMALL_BYTES && inside(each)) own.push(each);
    else others.push(named.has(each.tensor) ? { ...each, last } : each);
  }
  const [shared, plan] = [planMemory(own), planMemory(others)];
  const behind = Array.from(shared.offsets, ([tensor, offset]) => [tensor, plan.bytes + offset] as const);
  return {
    bytes: plan.bytes + shared.bytes,
    offsets: new Map([...plan.offsets, ...behind]),
    lowerBound: plan.lowerBound + shared.lowerBound,
  };
}
