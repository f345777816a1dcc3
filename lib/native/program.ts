/**
 * A program: the calls of a step as a value. Layers are run once over a
 * {@linkcode Recorder}, which writes their calls down; an
 * {@linkcode Executable} runs them from C as often as one likes.
 *
 * @module
 */

import { RunError } from "../errors.ts";
import type { KernelName } from "./declarations.ts";
import { type Functions, handleRegistry, type Symbols } from "./functions.ts";
import type { Kernels, Place } from "./kernels.ts";
import { flatten, KERNEL_NAMES, LAYOUTS, Slot, WordBuffer, type WordKind, type Words } from "./words.ts";

/** A call of one kernel. */
export interface CallOf<K extends KernelName> extends Place {
  readonly kernel: K;
  readonly words: Words<K>;
}

/** A call of any kernel. */
export type Call = { readonly [K in KernelName]: CallOf<K> }[KernelName];

/** Calls that run in turn. */
export interface Program {
  readonly calls: readonly Call[];
}

/** Calls in a row that run beside those behind them. */
export interface Unit {
  /** Index of the first one. */
  readonly first: number;
  /** Index behind the last one. */
  readonly end: number;
}

/** Kernels that run nothing: calls are written down. Tensors and shapes are those of the library. */
export class Recorder implements Kernels {
  readonly #library: Functions;
  #calls: Call[] | undefined;

  constructor(library: Functions) {
    this.#library = library;
  }

  /** @internal */
  get symbols(): Symbols {
    return this.#library.symbols;
  }

  check(status: number): number {
    return this.#library.check(status);
  }

  call<K extends KernelName>(kernel: K, words: Words<K>, { layer, phase }: Place): void {
    if (this.#calls === undefined) throw new RunError(`${kernel} is called while no program is recorded`);
    this.#calls.push({ kernel, words, layer, phase } as Call);
  }

  /** The calls that `body` makes. */
  record(body: () => void): Program {
    const calls: Call[] = this.#calls = [];
    try {
      body();
    } finally {
      this.#calls = undefined;
    }
    return { calls };
  }
}

/** First word of a program in C ("EOQ"). */
const MAGIC = 0x514f45;
const HEADER = 4, PATCH = 3;

/** A slot of an executable: all words that have its value are of one kind. */
interface BoundSlot {
  readonly index: number;
  readonly kind: WordKind;
}

interface Encoded {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly slots: ReadonlyMap<string, BoundSlot>;
}

function encode({ calls }: Program): Encoded {
  const slots = new Map<string, BoundSlot>();
  const words: [kind: WordKind, value: number][] = [];
  const patches: number[] = [];
  calls.forEach(({ kernel, words: own }, call) => {
    words.push(["i32", KERNEL_NAMES.indexOf(kernel)]);
    flatten(kernel, own).forEach((value, word) => {
      const { kind } = LAYOUTS[kernel][word]!;
      if (value instanceof Slot) {
        const slot = slots.get(value.name) ?? { index: slots.size, kind };
        if (slot.kind !== kind) throw new TypeError(`slot ${value.name} is ${slot.kind} and ${kind}`);
        slots.set(value.name, slot);
        patches.push(call, word, slot.index);
        words.push([kind, 0]);
      } else {
        words.push([kind, typeof value === "object" ? value.handle : value ?? 0]);
      }
    });
  });
  const buffer = new WordBuffer(HEADER + words.length + patches.length);
  [MAGIC, calls.length, slots.size, patches.length / PATCH].forEach((each, i) => buffer.set(i, "i32", each));
  words.forEach(([kind, value], i) => buffer.set(HEADER + i, kind, value));
  patches.forEach((each, i) => buffer.set(HEADER + words.length + i, "i32", each));
  return { bytes: buffer.bytes, slots };
}

const registry = handleRegistry("eoq_program_destroy");

/** Values of a program's slots in one run, by name. */
export type SlotValues = Readonly<Record<string, number>>;

/** Where the times of a program's calls go. */
export class CallTimes {
  /** What each call took. */
  readonly nanoseconds: BigInt64Array<ArrayBuffer>;
  /** What of it was spent on running a second time, because a guess of a shift was wrong. */
  readonly reruns: BigInt64Array<ArrayBuffer>;
  /** Both as bytes, and how many. */
  readonly room: Uint8Array<ArrayBuffer>;
  readonly size: bigint;

  constructor(calls: number) {
    this.room = new Uint8Array(2 * calls * BigInt64Array.BYTES_PER_ELEMENT);
    this.size = BigInt(this.room.byteLength);
    this.nanoseconds = new BigInt64Array(this.room.buffer, 0, calls);
    this.reruns = new BigInt64Array(this.room.buffer, this.nanoseconds.byteLength, calls);
  }
}

/** A program in the kernel library. */
export class Executable {
  readonly program: Program;
  readonly #library: Functions;
  readonly #handle: number;
  readonly #end: number;
  /** In the order of their indices. */
  readonly #slots: readonly (readonly [name: string, kind: WordKind])[];
  readonly #values: WordBuffer;
  /** Bytes of the values. A step at batch 1 runs with cold caches, where a number less to make is a microsecond. */
  readonly #size: bigint;
  #times: CallTimes | undefined;

  /**
   * @param units that run beside the calls behind them, on threads beside the first (`unitsOf`)
   * @throws {RunError} with index and name of the first call that could not run.
   */
  constructor(library: Functions, program: Program, units: readonly Unit[] = []) {
    const { bytes, slots } = encode(program);
    this.program = program;
    this.#library = library;
    this.#end = program.calls.length;
    this.#slots = Array.from(slots, ([name, { kind }]) => [name, kind]);
    this.#values = new WordBuffer(slots.size);
    this.#size = BigInt(this.#values.bytes.byteLength);
    this.#handle = library.check(library.symbols.eoq_program_create(bytes, BigInt(bytes.byteLength)));
    registry.register(this, { library, handle: this.#handle }, this);
    if (units.length === 0) return;
    const ranges = new Uint8Array(Int32Array.from(units.flatMap(({ first, end }) => [first, end])).buffer);
    library.check(library.symbols.eoq_program_beside(this.#handle, ranges, BigInt(ranges.byteLength)));
  }

  /** What C knows it by. */
  get handle(): number {
    return this.#handle;
  }

  /** The values of its slots as a run takes them: until the next. */
  encode(values: SlotValues): Uint8Array<ArrayBuffer> {
    for (let i = 0; i < this.#slots.length; i++) {
      const [name, kind] = this.#slots[i]!, value = values[name];
      if (value === undefined) throw new RunError(`slot ${name} has no value`);
      this.#values.set(i, kind, value);
    }
    return this.#values.bytes;
  }

  /** Runs the calls from `first` up to `end`, all if they are absent. */
  run(values: SlotValues, first = 0, end: number = this.#end): void {
    const { symbols } = this.#library;
    this.#library.check(symbols.eoq_program_run(this.#handle, this.encode(values), this.#size, first, end));
  }

  /** Runs all calls and times them. */
  time(values: SlotValues, { room, size }: CallTimes): void {
    const { symbols } = this.#library;
    this.#library.check(symbols.eoq_program_time(this.#handle, this.encode(values), this.#size, room, size));
  }

  /** Room for its times, always the same. */
  get times(): CallTimes {
    return this.#times ??= new CallTimes(this.#end);
  }

  /** Frees the native memory now instead of at garbage collection. */
  close(): void {
    registry.unregister(this);
    this.#library.check(this.#library.symbols.eoq_program_destroy(this.#handle));
  }
}
