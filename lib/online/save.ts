/**
 * When a learner's checkpoint is written. It is that of the run that the
 * network comes from, with the tensors of now and what was learnt since.
 *
 * @module
 */

import { messageOf, RunError, UserError } from "../errors.ts";
import type { Checkpoint } from "../train/checkpoint.ts";
import { saveCheckpoint } from "../train/checkpoint_files.ts";
import type { CheckpointInterval } from "../train/checkpoint_writer.ts";
import type { Learner } from "./learner.ts";

/** Where, when and how many checkpoints of a learner are written. */
export interface LearnerSaving {
  readonly path: string;
  readonly keep: number;
  readonly every: CheckpointInterval;
  /** What the network comes from. */
  readonly base: Pick<Checkpoint, "config" | "state" | "data">;
}

/** Writes the checkpoints of one learner. */
export class LearnerWriter {
  readonly #learner: Learner;
  readonly #saving: LearnerSaving;
  /** Steps and entries at the last checkpoint. */
  #step: number;
  #entries: number | undefined;
  #time = performance.now();

  /** @param resumed Whether there is a checkpoint of where the learner stands. */
  constructor(learner: Learner, saving: LearnerSaving, resumed: boolean) {
    this.#learner = learner;
    this.#saving = saving;
    const { step, entries } = learner.state();
    this.#step = step;
    this.#entries = resumed ? entries : undefined;
  }

  /** Writes a checkpoint if the last one is as old as the policy allows. @throws {UserError | RunError} as {@linkcode saveCheckpoint}. */
  async saveIfDue(): Promise<void> {
    const { unit, count } = this.#saving.every;
    const due = unit === "seconds"
      ? performance.now() - this.#time >= 1000 * count
      : this.#learner.steps - this.#step >= count;
    if (due) await this.save();
  }

  /** Writes a checkpoint unless there is one of where the learner stands. */
  async save(): Promise<void> {
    const { path, keep, base } = this.#saving, { network } = this.#learner;
    const online = this.#learner.state();
    if (online.entries === this.#entries) return;
    try {
      await saveCheckpoint(path, { ...base, entries: network.state(), online }, keep);
    } catch (error) {
      const last = this.#entries === undefined
        ? "there is no checkpoint yet"
        : `the last checkpoint is of image ${this.#entries}`;
      const message = `${messageOf(error)}; stopped after ${online.entries} images, ${last}`;
      if (error instanceof UserError) throw new UserError(message);
      if (error instanceof RunError) throw new RunError(message);
      throw error;
    }
    this.#step = online.step;
    this.#entries = online.entries;
    this.#time = performance.now();
  }
}
