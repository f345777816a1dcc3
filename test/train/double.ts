/**
 * A network in plain TypeScript whose state depends on every image, on their
 * order and on the position of each step: whatever the loop gets wrong shows
 * in its weights.
 */

import type { Batch, BatchMetrics, Network, Position, StateEntry } from "../../lib/exec/network.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { type Dataset, type Split, splitInMemory } from "../../lib/data/dataset.ts";

/** What a step was called with. */
export interface StepRecord extends Position {
  readonly count: number;
}

export class DoubleNetwork implements Network {
  readonly method = "double";
  readonly plan = buildPlan("resnet-8", { height: 4, width: 4, channels: 1, classes: 10 });
  readonly batch = 8;
  readonly steps: StepRecord[] = [];
  readonly evaluated: number[] = [];
  /** Loss that the next steps report instead of their own. */
  loss: number | undefined;
  #weights = new Int32Array(6);

  trainStep(batch: Batch, position: Position): BatchMetrics {
    this.steps.push({ ...position, count: batch.count });
    for (let i = 0; i < batch.count; i++) {
      const pixels = batch.images.subarray(i * 16, (i + 1) * 16);
      pixels.forEach((pixel, p) => {
        const at = (p + i) % 6;
        this.#weights[at] = Math.imul(this.#weights[at]! ^ pixel, 0x01000193) + batch.labels[i]! + position.step +
          position.rate + (batch.mixup?.partners[i] ?? 0) * 1000 + (batch.mixup?.share ?? 0);
      });
    }
    return this.#metrics(batch);
  }

  prepareStep(): never {
    throw new Error("a double has no calls");
  }

  programs(): never {
    throw new Error("a double has no calls");
  }

  evaluate(batch: Batch): BatchMetrics {
    this.evaluated.push(batch.count);
    return this.#metrics(batch);
  }

  #metrics(batch: Batch): BatchMetrics {
    const threshold = (this.#weights[0]! >>> 0) % 11;
    const correct = batch.labels.filter((label) => label < threshold).length;
    return { lossSum: this.loss ?? batch.count * (threshold + 1) / 8, correct, count: batch.count };
  }

  state(): StateEntry[] {
    const bytes = new Uint8Array(this.#weights.buffer.slice(0));
    const velocity = { name: "velocity", type: "int8", shape: [0], exponent: 0, weights: false } as const;
    return [
      { name: "weights", type: "int32", shape: [2, 3], exponent: -7, weights: true, bytes },
      { ...velocity, bytes: new Uint8Array() },
    ];
  }

  restore(entries: readonly StateEntry[]): void {
    const entry = entries.find(({ name }) => name === "weights");
    if (entry === undefined) throw new RangeError("state has no weights");
    this.#weights = new Int32Array(new Uint8Array(entry.bytes).buffer);
  }

  adopt(): never {
    throw new Error("a double has no classifier");
  }

  bytes() {
    return { parameters: 24, activations: 0, optimizer: 0 };
  }

  close(): void {}
}

/** Images of 4x4 bytes with labels, all different. */
export function smallSplit(count: number): Split {
  return splitInMemory(
    { height: 4, width: 4, channels: 1 },
    Uint8Array.from({ length: count * 16 }, (_, i) => (i * 7 + (i >> 4)) & 255),
    Int16Array.from({ length: count }, (_, i) => i % 10),
  );
}

export function smallDataset(train: number, test: number): Dataset {
  const shape = { height: 4, width: 4, channels: 1, classes: 10 };
  return { name: "mnist", ...shape, train: smallSplit(train), test: smallSplit(test) };
}
