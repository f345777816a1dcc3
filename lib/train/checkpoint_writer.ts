/**
 * When a run writes its checkpoints, and what it says when it cannot.
 *
 * @module
 */

import type { DataIdentity } from "../data/identity.ts";
import { messageOf, RunError, UserError } from "../errors.ts";
import type { Network } from "../exec/network.ts";
import type { WeightAverage } from "./average.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { saveCheckpoint } from "./checkpoint_files.ts";
import type { RunConfig } from "./config.ts";
import type { TrainingState } from "./state.ts";

/** How far apart checkpoints within an epoch are: in steps, or in seconds of time. */
export interface CheckpointInterval {
  readonly unit: "steps" | "seconds";
  readonly count: number;
}

/** Where, when and how many checkpoints a run writes. */
export interface CheckpointPolicy {
  readonly path: string;
  /** See {@linkcode saveCheckpoint}. */
  readonly keep: number;
  readonly every: CheckpointInterval;
  /** What is kept of the data's identity; absent where nobody asked for it. */
  readonly data?: DataIdentity | undefined;
  /** Called before a checkpoint is written. */
  readonly makeRoom?: () => Promise<void>;
}

/** Writes the checkpoints of one run. */
export class CheckpointWriter {
  readonly #policy: CheckpointPolicy;
  readonly #config: RunConfig;
  readonly #network: Network;
  readonly #average: WeightAverage | undefined;
  readonly #learnt: Checkpoint["learnt"];
  /** Steps done at the last checkpoint, if there is one, and when it was. */
  #step: number | undefined;
  #time = performance.now();

  /** @param resumed Where the run goes on from; there is a checkpoint of it. */
  constructor(
    policy: CheckpointPolicy,
    config: RunConfig,
    network: Network,
    average: WeightAverage | undefined,
    resumed: Partial<Pick<Checkpoint, "state" | "learnt">>,
  ) {
    this.#policy = policy;
    this.#config = config;
    this.#network = network;
    this.#average = average;
    this.#learnt = resumed.learnt;
    this.#step = resumed.state?.step;
  }

  /** Whether the last checkpoint is as old as the policy allows. */
  isDue(state: Readonly<TrainingState>): boolean {
    const { unit, count } = this.#policy.every;
    if (unit === "steps") return state.step - (this.#step ?? 0) >= count;
    return performance.now() - this.#time >= count * 1000;
  }

  /**
   * Writes a checkpoint unless the last one stands at the same step.
   *
   * @throws {UserError | RunError} as {@linkcode saveCheckpoint}, and says what is left.
   */
  async save(state: TrainingState): Promise<void> {
    if (state.step === this.#step) return;
    const { path, keep, data, makeRoom } = this.#policy;
    try {
      const sums = this.#average?.save();
      const own = { config: this.#config, state, entries: this.#network.state() };
      await makeRoom?.();
      await saveCheckpoint(path, { ...own, sums, data, learnt: this.#learnt }, keep);
    } catch (error) {
      const last = this.#step === undefined
        ? "there is no checkpoint yet"
        : `the last checkpoint is of step ${this.#step}`;
      const message = `${messageOf(error)}; stopped after ${state.step} steps, ${last}`;
      if (error instanceof UserError) throw new UserError(message);
      if (error instanceof RunError) throw new RunError(message);
      throw error;
    }
    this.#step = state.step;
    this.#time = performance.now();
  }
}
