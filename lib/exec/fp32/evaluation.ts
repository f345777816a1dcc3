/**
 * Inference, where no image depends on another: a batch goes through the
 * network in groups whose activations stay in the cache.
 *
 * @module
 */

import { convElements, convolutions, type Plan } from "../../plan/plan.ts";
import { checkBatch, unlabelled } from "../batch.ts";
import type { Batch, BatchMetrics, RepeatedProgram } from "../network.ts";
import type { InputEncoding } from "../recipe.ts";
import type { StepPrograms } from "../step_programs.ts";
import type { Head } from "./head.ts";
import { Input } from "./input.ts";
import { type Memory, Scratch } from "./memory.ts";
import type { Trunk } from "./trunk.ts";

/** Images of a group, at most. */
const MOST_OF_A_GROUP = 100;

/** Bytes of a group's largest activation; three are alive at a time. */
const ACTIVATION_BYTES = 2 ** 20;

/** Images that go through a network together. */
export function evaluationGroup(plan: Plan): number {
  const largest = Math.max(...convolutions(plan).map((conv) => convElements(conv).output));
  const fitting = Math.floor(ACTIVATION_BYTES / (4 * largest));
  return Math.min(Math.max(fitting, 1), MOST_OF_A_GROUP);
}

/** The layers that inference runs through. */
export interface Layers {
  readonly trunk: Trunk;
  readonly head: Head;
}

/** Tensors and programs of inference. */
export class Evaluation {
  readonly #plan: Plan;
  /** Images of a group. */
  readonly #images: number;
  readonly #input: Input;
  readonly #head: Head;
  readonly #programs: StepPrograms;

  constructor(memory: Memory, plan: Plan, encoding: InputEncoding, { trunk, head }: Layers) {
    this.#plan = plan;
    this.#images = evaluationGroup(plan);
    this.#head = head;
    const input = this.#input = new Input(memory, "evaluation", plan, this.#images, encoding);
    const scratch = new Scratch(memory, this.#images);
    this.#programs = memory.programs(this.#images, (key) => {
      const { count } = key;
      input.forward(count);
      head.forward(trunk.infer(input.pixels, scratch, count), input.head, key);
    });
  }

  /** Loss and hits of a batch of any size. @throws {RangeError} when it is not what it says. */
  run(batch: Batch): BatchMetrics {
    checkBatch(batch, this.#plan);
    let lossSum = 0, correct = 0;
    this.#infer(batch, (_, count) => {
      const metrics = this.#head.metrics(count);
      lossSum += metrics.lossSum;
      correct += metrics.correct;
    });
    return { lossSum, correct, count: batch.count };
  }

  /** The logits of `count` images. @throws {RangeError} where there are fewer. */
  predict(images: Uint8Array, count: number): Float64Array<ArrayBuffer> {
    const batch = unlabelled(images, count, this.#plan), { classes } = this.#plan;
    const logits = new Float64Array(count * classes);
    this.#infer(batch, (first, count) => {
      logits.set(this.#head.logits(this.#input.head, count), first * classes);
    });
    return logits;
  }

  /** The calls for a batch of `count` images, group by group. */
  programs(count: number): RepeatedProgram[] {
    const groups = Math.floor(count / this.#images), rest = count % this.#images;
    const repeated = (count: number, times: number): RepeatedProgram[] =>
      count * times === 0 ? [] : [{ program: this.#programs.record({ count, mixed: false }), times }];
    return [...repeated(this.#images, groups), ...repeated(rest, 1)];
  }

  /** Runs inference on each group of a checked batch, then `take`. */
  #infer(batch: Batch, take: (first: number, count: number) => void): void {
    const { targets } = this.#input.head;
    for (let first = 0; first < batch.count; first += this.#images) {
      const count = Math.min(this.#images, batch.count - first);
      this.#input.load(batch, first, count);
      this.#programs.of({ count, mixed: targets.mixed }).run(targets.slots);
      take(first, count);
    }
  }
}
