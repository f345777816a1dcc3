/**
 * The bandwidth of the memory, as something to sample.
 *
 * @module
 */

import type { Library } from "../native/library.ts";
import { Tensor } from "../native/tensor.ts";
import { secondsOf, type Subject } from "./sampling.ts";

/** Bytes of each of the two tensors: several times what caches hold. */
const STREAM_BYTES = 2 ** 27;

/** A copy that so many threads share. Its work counts 10^9 bytes read and written. */
export interface Stream extends Subject, Disposable {
  readonly threads: number;
}

/** Takes the memory for a stream. @throws {RunError} when it is short. */
export function openStream(library: Library, threads: number): Stream {
  const from = new Tensor(library, "uint8", STREAM_BYTES), to = new Tensor(library, "uint8", STREAM_BYTES);
  return {
    threads,
    work: 2 * STREAM_BYTES / 1e9,
    run: (repetitions) => {
      library.setThreads(threads);
      return secondsOf(() => {
        for (let i = 0; i < repetitions; i++) {
          library.check(library.symbols.eoq_stream_copy(from.handle, to.handle, BigInt(STREAM_BYTES)));
        }
      });
    },
    [Symbol.dispose]: () => {
      from.close();
      to.close();
    },
  };
}
