/**
 * Where the tensors of a program lie. Planned tensors have no memory of their
 * own: each needs some from the first call that writes it up to the last that
 * names it, and gets a place in an arena where nothing else lies meanwhile.
 *
 * @module
 */

import type { Functions } from "./functions.ts";
import type { Place } from "./kernels.ts";
import type { Program } from "./program.ts";
import { Tensor, tensorRegistry } from "./tensor.ts";
import { flatten, LAYOUTS } from "./words.ts";

/** Where places start: at multiples of so many bytes. */
const ALIGNMENT = 64;

/** A planned tensor, and the calls from which to which it holds something. */
export interface Lifetime {
  readonly tensor: Tensor;
  /** Bytes of its place. */
  readonly bytes: number;
  /** Index of the call that writes it first. */
  readonly first: number;
  /** Index of the last call that names it. */
  readonly last: number;
  /** What it is to the call that writes it first. */
  readonly word: string;
  /** Where that call is. */
  readonly place: Place;
  /** Whether nobody writes to it, most likely: it is laid out last, so that what is written to lies close together. */
  readonly spare?: boolean;
}

/** The places of a program's planned tensors. */
export interface MemoryPlan {
  /** Bytes of the arena. */
  readonly bytes: number;
  /** Where in it each tensor starts. */
  readonly offsets: ReadonlyMap<Tensor, number>;
  /** No arena can be smaller: the most bytes that hold something at one call. */
  readonly lowerBound: number;
}

/**
 * The lifetimes of a program's planned tensors, in the order of their first calls.
 *
 * @throws {TypeError} naming the call that reads one which none has written: what outlives a program is not planned.
 */
export function lifetimesOf({ calls }: Program): Lifetime[] {
  const found = new Map<Tensor, { -readonly [K in keyof Lifetime]: Lifetime[K] }>();
  calls.forEach(({ kernel, words, layer, phase }, index) => {
    const layout = LAYOUTS[kernel];
    const named = flatten(kernel, words).flatMap((tensor, word) =>
      tensor instanceof Tensor && tensor.planned ? [{ tensor, ...layout[word]! }] : []
    );
    for (const { tensor, name, kind } of named) {
      const known = found.get(tensor);
      if (known !== undefined) known.last = index;
      else if (!kind.startsWith("out")) {
        throw new TypeError(`call ${index}, ${kernel}: reads ${name}, which no call has written`);
      } else {
        const bytes = Math.ceil(tensor.byteLength / ALIGNMENT) * ALIGNMENT;
        found.set(tensor, { tensor, bytes, first: index, last: index, word: name, place: { layer, phase } });
      }
    }
  });
  return [...found.values()];
}

/** When the most bytes hold something. */
export interface MemoryPeak {
  /** Index of the call. */
  readonly call: number;
  readonly bytes: number;
  /** What holds them, the largest first. */
  readonly live: readonly Lifetime[];
}

/** The first call at which the most bytes hold something. */
export function peakOf(lifetimes: readonly Lifetime[]): MemoryPeak {
  let peak: MemoryPeak = { call: 0, bytes: 0, live: [] };
  // Sums grow where something is written for the first time.
  for (const call of new Set(lifetimes.map(({ first }) => first))) {
    const live = lifetimes.filter(({ first, last }) => first <= call && call <= last);
    const bytes = live.reduce((sum, each) => sum + each.bytes, 0);
    if (bytes > peak.bytes) peak = { call, bytes, live };
  }
  return { ...peak, live: peak.live.toSorted((a, b) => b.bytes - a.bytes) };
}

/**
 * Lays planned tensors out, greedily by size (Pisarchyk & Lee, arXiv
 * 2001.03288): the largest first, each at the lowest offset where
 * none that lives at the same time lies.
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const placed: (Lifetime & { readonly offset: number })[] = [];
  const late = ({ spare = false }: Lifetime) => Number(spare);
  for (const next of lifetimes.toSorted((a, b) => late(a) - late(b) || b.bytes - a.bytes || a.first - b.first)) {
    let offset = 0;
    for (const other of placed) {
      if (other.last < next.first || next.last < other.first) continue;
      if (offset + next.bytes <= other.offset) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    placed.push({ ...next, offset });
    placed.sort((a, b) => a.offset - b.offset);
  }
  return {
    bytes: placed.reduce((most, { offset, bytes }) => Math.max(most, offset + bytes), 0),
    offsets: new Map(placed.map(({ tensor, offset }) => [tensor, offset])),
    lowerBound: peakOf(lifetimes).bytes,
  };
}

/** A program whose tensors lie in an arena. */
interface Resident {
  readonly plan: MemoryPlan;
  /** Comes before its tensors get other handles. */
  readonly leave: () => void;
}

/** Memory that programs share which never run at the same time: each has its tensors all over it. */
export class Arena {
  readonly #library: Functions;
  readonly #residents: Resident[] = [];
  #handle: number | undefined;
  #bytes = 0;

  constructor(library: Functions) {
    this.#library = library;
  }

  /** Bytes of the memory. */
  get byteLength(): number {
    return this.#bytes;
  }

  /**
   * Places a program's tensors. Where they need more memory than there is, all of the others are placed anew in more.
   *
   * @param leave comes before the tensors get other handles: what has these is to be made anew
   * @throws {RunError} when memory is short.
   */
  add(plan: MemoryPlan, leave: () => void): void {
    const known = this.#residents.slice();
    this.#residents.push({ plan, leave });
    if (plan.bytes <= this.#bytes) return this.#place(plan);
    for (const { leave } of known) leave();
    // The old memory goes before there is new: never is there twice as much.
    this.#free();
    const library = this.#library;
    const handle = this.#handle = library.check(library.symbols.eoq_arena_create(BigInt(plan.bytes)));
    tensorRegistry.register(this, { library, handle }, this);
    this.#bytes = plan.bytes;
    for (const { plan } of this.#residents) this.#place(plan);
  }

  #place({ offsets }: MemoryPlan): void {
    for (const [tensor, offset] of offsets) tensor.place({ handle: this.#handle! }, offset);
  }

  #free(): void {
    for (const { plan } of this.#residents) {
      for (const tensor of plan.offsets.keys()) tensor.close();
    }
    if (this.#handle === undefined) return;
    tensorRegistry.unregister(this);
    this.#library.check(this.#library.symbols.eoq_tensor_destroy(this.#handle));
    this.#handle = undefined;
    this.#bytes = 0;
  }

  /** Takes the places of all tensors, and frees the memory. */
  close(): void {
    this.#free();
    this.#residents.length = 0;
  }
}
