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

/** Where a tensor lies from one call that writes it to the next that does. */
export interface Life {
  readonly tensor: Tensor;
  readonly first: number;
  readonly last: number;
}

/** Memory which the planner takes for a tensor. */
interface Span {
  readonly key: Life | symbol;
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
  /** Where each life of a tensor starts. */
  readonly offsets: ReadonlyMap<Life, number>;
  /** By call, the places of its rooms, and the bytes of that for int32. */
  readonly rooms: readonly { readonly room?: number; readonly patch?: number; readonly bytes: number }[];
}

/** The lives of tensors: whatever writes one anew begins another. */
function livesOf(calls: readonly DeviceCall[]): Life[] {
  const lives: { tensor: Tensor; first: number; last: number }[] = [];
  const current = new Map<Tensor, typeof lives[number]>();
  calls.forEach(({ reads, writes }, index) => {
    for (const tensor of writes) {
      const life = { tensor, first: index, last: index };
      current.set(tensor, life);
      lives.push(life);
    }
    for (const tensor of reads) current.get(tensor)!.last = index;
  });
  return lives;
}

function place(spans: readonly Span[]) {
  // The planner's tensors are keys to it, no more.
  const lifetimes = spans.map(({ key, bytes, first, last }): Lifetime => ({
    ...{ tensor: key as unknown as Tensor, bytes, first, last, word: "", place: { layer: "", phase: "forward" } },
  }));
  const { bytes, offsets } = planMemory(lifetimes);
  return { bytes, offsets: offsets as ReadonlyMap<unknown, number> as ReadonlyMap<Life | symbol, number> };
}

/** What lies in the arena where the room of each call has so many bytes. */
function spansOf(calls: readonly DeviceCall[], keys: readonly Rooms[], sizes: readonly number[]): Span[] {
  return [
    ...livesOf(calls).map((key) => ({ key, bytes: aligned(bytesOf(key.tensor)), first: key.first, last: key.last })),
    ...calls.flatMap(({ patch }, index): Span[] => {
      const bytes = sizes[index]!;
      return [
        ...bytes > 0 ? [{ key: keys[index]!.room, bytes, first: index, last: index }] : [],
        ...patch !== undefined ? [{ key: keys[index]!.patch, bytes: aligned(patch), first: index, last: index }] : [],
      ];
    }),
  ];
}

const keysOf = (calls: readonly DeviceCall[]) =>
  calls.map((): Rooms => ({ room: Symbol("room"), patch: Symbol("patch") }));

const leastSizes = (calls: readonly DeviceCall[]) => calls.map(({ room }) => room?.least ?? 0);

/** The least bytes of an arena. */
export function leastBytes(calls: readonly DeviceCall[]): number {
  return place(spansOf(calls, keysOf(calls), leastSizes(calls))).bytes;
}

/**
 * Lays out the tensors of a step, and gives rooms to the calls that save most
 * by them, as far as the arena stays within `limit` bytes; what then is left
 * keeps some of the outputs.
 *
 * @param limit what the arena can have at most; what it must have if absent
 */
export function planArena(calls: readonly DeviceCall[], limit?: number): ArenaPlan {
  const keys = keysOf(calls), sizes = leastSizes(calls);
  let placed = place(spansOf(calls, keys, sizes));
  const most = Math.max(limit ?? 0, placed.bytes);
  /** Gives a call a room of so many bytes, if they fit. */
  const give = (index: number, bytes: number): boolean => {
    const before = sizes[index]!;
    sizes[index] = bytes;
    const tried = place(spansOf(calls, keys, sizes));
    if (tried.bytes <= most) placed = tried;
    else sizes[index] = before;
    return tried.bytes <= most;
  };
  const wanted = calls.flatMap(({ room }, index) => room === undefined ? [] : [{ room, index }])
    .toSorted((a, b) => b.room.saves - a.room.saves);
  const rest = wanted.filter(({ room, index }) => !give(index, room.most));
  for (const { room: { least, most, perOutput }, index } of rest) {
    if (perOutput === undefined) continue;
    // Halves the number of outputs between those that fit and those that do not.
    let fits = 0, tooMany = Math.ceil((most - least) / perOutput);
    while (tooMany - fits > 1) {
      const tried = Math.floor((fits + tooMany) / 2);
      if (give(index, least + tried * perOutput)) fits = tried;
      else tooMany = tried;
    }
  }
  const rooms = keys.map(({ room, patch }, index) => ({
    ...placed.offsets.has(room) && { room: placed.offsets.get(room)! },
    ...placed.offsets.has(patch) && { patch: placed.offsets.get(patch)! },
    bytes: sizes[index]!,
  }));
  const offsets = new Map([...placed.offsets].filter((each): each is [Life, number] => typeof each[0] !== "symbol"));
  return { bytes: placed.bytes, offsets, rooms };
}
