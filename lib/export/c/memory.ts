/**
 * The arena of a device: where its tensors lie, and what rooms fit beside them.
 *
 * @module
 */

import { type Lifetime, planMemory } from "../../native/memory.ts";
import type { Tensor } from "../../native/tensor.ts";
import { TYPE_BYTES } from "../../native/tensor.ts";
import type { DeviceCall } from "./program.ts";

/** Where places start: at multiples of so many bytes, as words do. */
const ALIGNMENT = 4;

const aligned = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Bytes of a tensor's elements; eight bits to a byte. */
export function bytesOf({ type, count }: Tensor): number {
  return type === "bits" ? Math.ceil(count / 8) : count * TYPE_BYTES[type];
}

/** Memory of one call, which the planner takes for a tensor. */
interface Span {
  readonly key: Tensor | symbol;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Rooms of a call. */
interface Rooms {
  readonly room: symbol;
  readonly patch: symbol;
}

/** An arena. */
export interface ArenaPlan {
  readonly bytes: number;
  /** Where each tensor starts; those that have no place are not the arena's. */
  readonly offsets: ReadonlyMap<Tensor, number>;
  /** By call, the places of its rooms, and whether that for int32 is the most. */
  readonly rooms: readonly { readonly room?: number; readonly patch?: number; readonly roomy: boolean }[];
}

function tensorSpans(calls: readonly DeviceCall[]): Span[] {
  const found = new Map<Tensor, { key: Tensor; bytes: number; first: number; last: number }>();
  calls.forEach(({ reads, writes }, index) => {
    for (const tensor of [...writes, ...reads]) {
      const known = found.get(tensor);
      if (known !== undefined) known.last = index;
      else found.set(tensor, { key: tensor, bytes: aligned(bytesOf(tensor)), first: index, last: index });
    }
  });
  return [...found.values()];
}

function place(spans: readonly Span[]) {
  // The planner's tensors are keys to it, no more.
  const lifetimes = spans.map(({ key, bytes, first, last }): Lifetime => ({
    ...{ tensor: key as Tensor, bytes, first, last, word: "", place: { layer: "", phase: "forward" } },
  }));
  const { bytes, offsets } = planMemory(lifetimes);
  return { bytes, offsets: offsets as ReadonlyMap<Tensor | symbol, number> };
}

/**
 * Lays out the tensors of a step, and gives rooms to the calls that save most
 * by them, as far as the arena stays within `limit` bytes.
 *
 * @param limit what the arena can have at most; what it must have if absent
 */
export function planArena(calls: readonly DeviceCall[], limit?: number): ArenaPlan {
  const keys = calls.map((): Rooms => ({ room: Symbol("room"), patch: Symbol("patch") }));
  const roomy = new Set<number>();
  const spans = (): Span[] => [
    ...tensorSpans(calls),
    ...calls.flatMap(({ room, patch }, index): Span[] => {
      const bytes = room === undefined ? 0 : roomy.has(index) ? room.most : room.least;
      return [
        ...bytes > 0 ? [{ key: keys[index]!.room, bytes, first: index, last: index }] : [],
        ...patch !== undefined ? [{ key: keys[index]!.patch, bytes: aligned(patch), first: index, last: index }] : [],
      ];
    }),
  ];
  let placed = place(spans());
  const most = Math.max(limit ?? 0, placed.bytes);
  const wanted = calls.map(({ room }, index) => ({ room, index })).filter(({ room }) => room !== undefined);
  for (const { index } of wanted.toSorted((a, b) => b.room!.saves - a.room!.saves)) {
    roomy.add(index);
    const tried = place(spans());
    if (tried.bytes <= most) placed = tried;
    else roomy.delete(index);
  }
  const rooms = keys.map(({ room, patch }, index) => ({
    ...placed.offsets.has(room) && { room: placed.offsets.get(room)! },
    ...placed.offsets.has(patch) && { patch: placed.offsets.get(patch)! },
    roomy: roomy.has(index),
  }));
  const offsets = new Map([...placed.offsets].filter((each): each is [Tensor, number] => typeof each[0] !== "symbol"));
  return { bytes: placed.bytes, offsets, rooms };
}
