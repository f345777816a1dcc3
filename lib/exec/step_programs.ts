/**
 * The programs of a pass: its calls depend on how many images a batch has and
 * on whether they are mixed, so each of these is recorded once. All of them
 * name the same planned tensors, whose places are those that the largest
 * batch's program needs.
 *
 * @module
 */

import { planBeside, unitsOf } from "../native/beside.ts";
import type { Kernels } from "../native/kernels.ts";
import { type Arena, lifetimesOf, type MemoryPlan, planMemory } from "../native/memory.ts";
import { Executable, type Program, type Recorder, type Unit } from "../native/program.ts";
import { markSpare } from "../native/spare.ts";

/** What the calls of a pass depend on. */
export interface StepKey {
  /** Images. */
  readonly count: number;
  /** Whether they are mixed. */
  readonly mixed: boolean;
}

/** Where a pass and its programs come from. */
export interface StepProgramsOptions {
  /** Runs the programs. */
  readonly library: Kernels;
  readonly recorder: Recorder;
  /** Makes the calls of a pass over the recorder. */
  readonly record: (key: StepKey) => void;
  /** Images of the largest batch. */
  readonly largest: number;
}

/** The first calls of a training step that all go forward: how many there are. */
export function forwardCalls({ program }: Executable): number {
  return program.calls.findIndex(({ phase }) => phase !== "forward");
}

/** Images times threads from which on threads gain more by sharing each call, as measured with two of them. */
const LEAST_SHARED = 17;

/** What of a program runs beside the rest: nothing on one thread, nor where a batch has enough to share. */
function besideOf(library: Kernels, program: Program, images: number): Unit[] {
  const threads = library.symbols.eoq_threads();
  return threads > 1 && (images === 1 || images * threads < LEAST_SHARED) ? unitsOf(program) : [];
}

/** Programs by what their calls depend on. */
export class StepPrograms {
  readonly #options: StepProgramsOptions;
  /** By their images, twice, and 1 more where they are mixed. */
  readonly #executables = new Map<number, Executable>();
  #memory: MemoryPlan | undefined;
  #bytes: number | undefined;

  constructor(options: StepProgramsOptions) {
    this.#options = options;
  }

  /** Where the planned tensors lie. */
  get memory(): MemoryPlan {
    if (this.#memory !== undefined) return this.#memory;
    const { library, largest } = this.#options, program = this.record({ count: largest, mixed: false });
    const units = besideOf(library, program, largest);
    return this.#memory = units.length > 0
      ? planBeside(program, units)
      : planMemory(markSpare(library, program, lifetimesOf(program)));
  }

  /**
   * Bytes of the planned tensors on one thread, so that what a run says of itself is the same on any number; on several,
   * more of a small batch lives at once. Sums that stay in the cache are among them.
   */
  get bytes(): number {
    return this.#bytes ??= planMemory(lifetimesOf(this.record({ count: this.#options.largest, mixed: false }))).bytes;
  }

  /** Gives the planned tensors their places; no program runs before. @throws {RunError} when memory is short. */
  place(arena: Arena): void {
    arena.add(this.memory, () => this.close());
  }

  /** The program of such a batch, recorded now if it is the first. */
  of(key: StepKey): Executable {
    const number = 2 * key.count + Number(key.mixed);
    let executable = this.#executables.get(number);
    if (executable === undefined) {
      const { library } = this.#options, program = this.record(key);
      executable = new Executable(library, program, besideOf(library, program, key.count));
      this.#executables.set(number, executable);
    }
    return executable;
  }

  /** The calls for such a batch, not to be run. */
  record(key: StepKey): Program {
    const { recorder, record } = this.#options;
    return recorder.record(() => record(key));
  }

  /** Frees the native memory; what runs again is recorded again. */
  close(): void {
    for (const executable of this.#executables.values()) executable.close();
    this.#executables.clear();
  }
}
