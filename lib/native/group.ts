/**
 * The processes that train together, each with a part of every batch. What of a
 * step is of the whole batch the kernels combine over all of them, so weights
 * are the same in all, and the same however many there are.
 *
 * @module
 */

import { RunError } from "../errors.ts";
import type { Functions } from "./functions.ts";

/** The images of a batch that a process has. */
export interface Part {
  /** Place in the batch of the first one. */
  readonly first: number;
  /** How many; 0 where there are more processes than images. */
  readonly images: number;
  /** Images of the whole batch. */
  readonly whole: number;
}

/** Messages of steps, and the bytes that a process puts into them. */
export interface Messages {
  /** Largest values, taken over all processes. */
  readonly maxima: number;
  /** Bytes of those. */
  readonly maximaBytes: number;
  /** Sums over all processes. */
  readonly sums: number;
  /** Bytes of those. */
  readonly sumsBytes: number;
  /**
   * Largest values that only some data ask for: where a shortcut's error has finer steps than the sums that it joins,
   * and where an exponent of the step before does not decide how a tensor is quantized.
   */
  readonly alignments: number;
  /** Bytes of those. */
  readonly alignmentsBytes: number;
}

const COUNTS = 6;

/** Seconds that a process waits for others: the slowest to load its images, or to write a checkpoint. */
export const PATIENCE = 600;

/** A group that this process has joined. */
export class Group {
  /** Which process of the group this is, from 0 on. */
  readonly rank: number;
  /** Processes. */
  readonly size: number;
  readonly #library: Functions;

  /**
   * Joins the processes that were started together; `joinGroup` has the transport, too.
   *
   * @param transport the library that carries messages
   * @param seconds how long this process waits for others
   * @throws {RunError} when there is no way to the other processes.
   */
  constructor(library: Functions, transport: string, seconds: number = PATIENCE) {
    const path = new TextEncoder().encode(transport);
    library.check(library.symbols.eoq_group_open(path, BigInt(path.byteLength), seconds));
    this.#library = library;
    this.rank = library.symbols.eoq_group_rank();
    this.size = library.symbols.eoq_group_size();
  }

  /** This process's images of a batch: sizes of parts differ by one at most. */
  partOf(whole: number): Part {
    const first = Math.floor(whole * this.rank / this.size);
    return { first, images: Math.floor(whole * (this.rank + 1) / this.size) - first, whole };
  }

  /** The most images of a batch that a process has. */
  largestPart(whole: number): number {
    return Math.ceil(whole / this.size);
  }

  /** Runs what all processes do alike, each for its part of a batch; one without images does it for 1 that counts for nothing. */
  share<T>({ first, images, whole }: Part, body: () => T): T {
    const { symbols } = this.#library;
    this.#library.check(symbols.eoq_group_part(first, images, whole));
    try {
      return body();
    } finally {
      symbols.eoq_group_part(0, 0, 0);
    }
  }

  /** What all processes give, by rank. */
  gather(own: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    const all = new Uint8Array(own.byteLength * this.size);
    const { symbols } = this.#library;
    this.#library.check(symbols.eoq_group_gather(own, BigInt(own.byteLength), all, BigInt(all.byteLength)));
    return Array.from(
      { length: this.size },
      (_, rank) => all.subarray(rank * own.byteLength).subarray(0, own.byteLength),
    );
  }

  /** Of each number the sum over all processes, added up in their order. */
  sums<T extends Readonly<Record<string, number>>>(own: T): T {
    const all = this.#numbers(own);
    return Object.fromEntries(
      Object.keys(own).map((name) => [name, all.reduce((sum, each) => sum + each[name]!, 0)]),
    ) as T;
  }

  /** The largest of the processes' numbers. */
  largest(own: number): number {
    return Math.max(...this.#numbers({ own }).map(({ own }) => own));
  }

  /** Whether a process says so. */
  any(own: boolean): boolean {
    return this.largest(Number(own)) > 0;
  }

  #numbers<T extends Readonly<Record<string, number>>>(own: T): T[] {
    const names = Object.keys(own), all = this.gather(new Uint8Array(Float64Array.from(Object.values(own)).buffer));
    return all.map((bytes) => {
      const numbers = new Float64Array(bytes.slice().buffer);
      return Object.fromEntries(names.map((name, i) => [name, numbers[i]])) as T;
    });
  }

  /** What steps have sent so far. */
  counts(): Messages {
    const counts = new BigInt64Array(COUNTS), bytes = new Uint8Array(counts.buffer);
    this.#library.check(this.#library.symbols.eoq_group_counts(bytes, BigInt(bytes.byteLength)));
    const [maxima, maximaBytes, sums, sumsBytes, alignments, alignmentsBytes] = Array.from(counts, Number);
    return {
      maxima: maxima!,
      maximaBytes: maximaBytes!,
      sums: sums!,
      sumsBytes: sumsBytes!,
      alignments: alignments!,
      alignmentsBytes: alignmentsBytes!,
    };
  }

  /** Ends all processes of the group, this one among them. */
  end(code: number): never {
    this.#library.symbols.eoq_group_end(code);
    throw new RunError("the group did not end");
  }

  /** Leaves the group once all others do. */
  close(): void {
    this.#library.check(this.#library.symbols.eoq_group_close());
  }
}
