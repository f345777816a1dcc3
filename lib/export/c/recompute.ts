/**
 * What is computed again on the way back instead of being kept: memory for work,
 * at no cost in accuracy (checkpointing: Chen et al., arXiv 1604.06174).
 *
 * @module
 */

import { bytesOf, leastBytes } from "./memory.ts";
import type { DeviceCall } from "./program.ts";

/** The first call on the way back that reads what another wrote on the way forward, from `from` on; -1 for none. */
function firstUse(calls: readonly DeviceCall[], { writes }: DeviceCall): number {
  return calls.findIndex(({ phase, reads }) => phase !== "forward" && reads.some((each) => writes.includes(each)));
}

/** Calls that can be repeated: what they read is there on the way back anyway. The cheapest for what they save first. */
function candidatesOf(calls: readonly DeviceCall[]): DeviceCall[] {
  const found = calls.filter((call) => {
    const use = firstUse(calls, call);
    if (call.again === undefined || use < 0) return false;
    return call.reads.every((tensor) => calls.slice(use).some(({ reads }) => reads.includes(tensor)));
  });
  const price = ({ macs = 0, writes }: DeviceCall) => macs / writes.reduce((sum, each) => sum + bytesOf(each), 0);
  return found.toSorted((a, b) => price(a) - price(b));
}

/** The calls of a step that repeats some of them before what they wrote is read on the way back. */
function repeating(calls: readonly DeviceCall[], repeated: ReadonlySet<DeviceCall>): readonly DeviceCall[] {
  const all = [...calls];
  // The last first: what it reads may have to be computed again before it.
  for (const call of calls.filter((each) => repeated.has(each)).toReversed()) {
    const { again, room: _none, ...own } = call;
    all.splice(firstUse(all, call), 0, { ...own, phase: "backward", code: again! });
  }
  return all;
}

/** A step that needs less memory, and what it repeats. */
export interface Repeating {
  readonly calls: readonly DeviceCall[];
  /** In the order of the step. */
  readonly repeated: readonly DeviceCall[];
  /** The least bytes of its arena. */
  readonly bytes: number;
}

/**
 * Repeats as few calls as will do for an arena of `most` bytes; where none will,
 * those with which it is smallest.
 */
export function fewestRepeated(calls: readonly DeviceCall[], most: number): Repeating {
  const tried = (repeated: ReadonlySet<DeviceCall>): Repeating => {
    const own = repeating(calls, repeated);
    return { calls: own, repeated: calls.filter((each) => repeated.has(each)), bytes: leastBytes(own) };
  };
  const chosen = new Set<DeviceCall>();
  let best = tried(chosen);
  for (const candidate of candidatesOf(calls)) {
    if (best.bytes <= most) break;
    const { bytes } = best, with_ = tried(chosen.add(candidate));
    if (with_.bytes < bytes) best = with_;
  }
  // The dearest first, which came last.
  const { bytes } = best, enough = Math.max(most, bytes);
  for (const call of [...best.repeated].toSorted((a, b) => (b.macs ?? 0) - (a.macs ?? 0))) {
    const without = tried(new Set(best.repeated.filter((each) => each !== call)));
    if (without.bytes <= enough) best = without;
  }
  return best;
}
