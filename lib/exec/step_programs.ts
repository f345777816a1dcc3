/**
 * The programs of a pass: its calls depend on how many images a batch has and
 * on whether they are mixed, so each of these is recorded once.
 *
 * @module
 */

import type { Kernels } from "../native/kernels.ts";
import { Executable, type Program, type Recorder } from "../native/program.ts";

/** What the calls of a pass depend on. */
export interface StepKey {
  /** Images. */
  readonly count: number;
  /** Whether they are mixed. */
  readonly mixed: boolean;
}

/** Programs by what their calls depend on. */
export class StepPrograms {
  readonly #library: Kernels;
  readonly #recorder: Recorder;
  readonly #record: (key: StepKey) => void;
  /** By their images, twice, and 1 more where they are mixed. */
  readonly #executables = new Map<number, Executable>();

  /** @param record makes the calls of a pass over the recorder */
  constructor(library: Kernels, recorder: Recorder, record: (key: StepKey) => void) {
    this.#library = library;
    this.#recorder = recorder;
    this.#record = record;
  }

  /** The program of such a batch, recorded now if it is the first. */
  of(key: StepKey): Executable {
    const number = 2 * key.count + Number(key.mixed);
    let executable = this.#executables.get(number);
    if (executable === undefined) {
      executable = new Executable(this.#library, this.record(key));
      this.#executables.set(number, executable);
    }
    return executable;
  }

  /** The calls for such a batch, not to be run. */
  record(key: StepKey): Program {
    return this.#recorder.record(() => this.#record(key));
  }

  /** Frees the native memory; what runs again is recorded again. */
  close(): void {
    for (const executable of this.#executables.values()) executable.close();
    this.#executables.clear();
  }
}
