/**
 * Inference of an int8 network: the program of one image for each image, with a
 * pass for each thread.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import { inputBytes, type Lane, type LaneOutput, runEach } from "../../native/lanes.ts";
import { Arena } from "../../native/memory.ts";
import type { Program } from "../../native/program.ts";
import type { Batch, BatchMetrics } from "../network.ts";
import type { StepKey } from "../step_programs.ts";
import { logitsOf, metricsOf } from "./head.ts";
import { InferencePass, type PassOptions } from "./pass.ts";

/** Images whose bytes and results are in memory at a time. */
const MOST_AT_ONCE = 1000;

const LABEL_BYTES = 2;

/** A lane's pass, and its arena where that is not the network's. */
interface PassLane {
  readonly pass: InferencePass;
  readonly own: Arena | undefined;
}

/** Passes of inference, one for each thread. */
export class Inference {
  readonly #library: Kernels;
  readonly #options: Omit<PassOptions, "batch">;
  readonly #lanes: [PassLane, ...PassLane[]];

  /** @param arena Memory that is the network's: no other program runs meanwhile. */
  constructor(options: Omit<PassOptions, "batch">, arena: Arena) {
    this.#library = options.library;
    this.#options = options;
    this.#lanes = [{ pass: this.#pass(arena), own: undefined }];
  }

  #pass(arena: Arena): InferencePass {
    const pass = new InferencePass(this.#options);
    pass.place(arena);
    return pass;
  }

  /** The calls for one image. */
  get program(): Program {
    return this.#lanes[0].pass.program(1);
  }

  /** Loss and hits of a checked batch. */
  evaluate(batch: Batch): BatchMetrics {
    let lossSum = 0, correct = 0;
    this.#run(batch, ([metrics]) => {
      const one = metricsOf(metrics!);
      lossSum += one.lossSum;
      correct += one.correct;
    });
    return { lossSum, correct, count: batch.count };
  }

  /** The logits of a checked batch. */
  predict(batch: Batch): Float64Array<ArrayBuffer> {
    const { classes } = this.#options.plan, logits = new Float64Array(batch.count * classes);
    this.#run(batch, ([, sums], image) => logits.set(logitsOf(sums!), image * classes));
    return logits;
  }

  /** Runs the program of each image, then `take` in the order of images. */
  #run(batch: Batch, take: (outputs: readonly LaneOutput[], image: number) => void): void {
    const key = { count: 1, mixed: batch.mixup !== undefined };
    const lanes = this.#prepared(key, batch);
    const { slots } = this.#lanes[0].pass;
    for (let first = 0; first < batch.count; first += MOST_AT_ONCE) {
      const count = Math.min(MOST_AT_ONCE, batch.count - first);
      const outputs = runEach(this.#library, lanes, slots, count, recordsOf(batch, first, count, lanes[0]));
      for (let i = 0; i < count; i++) take(outputs(i), first + i);
    }
  }

  /** A lane for each thread. */
  #prepared(key: StepKey, batch: Batch): [Lane, ...Lane[]] {
    const threads = Math.min(this.#library.symbols.eoq_threads(), batch.count);
    while (this.#lanes.length < threads) {
      const own = new Arena(this.#library);
      this.#lanes.push({ pass: this.#pass(own), own });
    }
    const [first, ...others] = this.#lanes;
    first.pass.target(batch);
    return [first.pass.lane(key), ...others.slice(0, threads - 1).map(({ pass }) => pass.lane(key))];
  }

  /** Frees the native memory. */
  close(): void {
    for (const { pass, own } of this.#lanes) {
      pass.close();
      own?.close();
    }
  }
}

/** Of each image its bytes, its class and that of its partner if it has one, in turn. */
function recordsOf({ images, labels, mixup }: Batch, first: number, count: number, lane: Lane) {
  const size = inputBytes(lane), bytes = size - LABEL_BYTES * (mixup === undefined ? 1 : 2);
  const records = new Uint8Array(count * size), view = new DataView(records.buffer);
  for (let i = 0; i < count; i++) {
    const image = first + i, at = i * size;
    records.set(images.subarray(image * bytes, (image + 1) * bytes), at);
    view.setInt16(at + bytes, labels[image]!, true);
    if (mixup !== undefined) view.setInt16(at + bytes + LABEL_BYTES, mixup.partners[image]!, true);
  }
  return records;
}
