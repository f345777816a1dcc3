/**
 * When a learner's checkpoint is written. It is that of the run that the
 * network comes from, with the tensors of now and what was learnt since.
 *
 * @module
 */

import { messageOf, RunError, UserError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { saveCheckpoint } from "../train/checkpoint_files.ts";
import type { CheckpointInterval } from "../train/checkpoint_writer.ts";
import type { Learner } from "./learner.ts";

/** Where, when and how many checkpoints of a learner are written. */
export interface LearnerSaving {
  readonly path: string;
  readonly keep: number;
  readonly every: CheckpointInterval;
  /** Called before a checkpoint is written. */
  readonly makeRoom?: () => Promise<void>;
}

/** Writes the checkpoints of one learner. */
export class LearnerWriter {
  readonly #learner: Learner<Model>;
  readonly #saving: LearnerSaving;
  /** Steps and entries at the last checkpoint. */
  #steps: number;
  #entries: number | undefined;
  #time = performance.now();

  /** @param resumed Whether there is a checkpoint of where the learner stands. */
  constructor(learner: Learner<Model>, saving: LearnerSaving, resumed: boolean) {
    this.#learner = learner;
    this.#saving = saving;
    this.#steps = learner.model.learnt.steps;
    this.#entries = resumed ? learner.entries : undefined;
  }

  /** Writes a checkpoint if the last one is as old as the policy allows. @throws {UserError | RunError} as {@linkcode saveCheckpoint}. */
  async saveIfDue(): Promise<void> {
    const { unit, count } = this.#saving.every;
    const due = unit === "seconds"
      ? performance.now() - this.#time >= 1000 * count
      : this.#learner.model.learnt.steps - this.#steps >= count;
    if (due) await this.save();
  }

  /** Writes a checkpoint unless there is one of where the learner stands. */
  async save(): Promise<void> {
    const { path, keep, makeRoom } = this.#saving, { model } = this.#learner;
    const online = this.#learner.state();
    if (online.entries === this.#entries) return;
    try {
      await makeRoom?.();
      await saveCheckpoint(path, { ...model.checkpoint(), online }, keep);
    } catch (error) {
      const last = this.#entries === undefined
        ? "there is no checkpoint yet"
        : `the last checkpoint is of image ${this.#entries}`;
      const message = `${messageOf(error)}; stopped after ${online.entries} images, ${last}`;
      if (error instanceof UserError) throw new UserError(message);
      if (error instanceof RunError) throw new RunError(message);
      throw error;
    }
    this.#steps = model.learnt.steps;
    this.#entries = online.entries;
    this.#time = performance.now();
  }
}
