/**
 * The baselines: post-activation residual networks in fp32, with batch norm
 * or without (Fixup).
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import { residualNetwork } from "../../plan/residual.ts";
import type { NetworkOptions } from "../methods.ts";
import type { Batch, BatchMetrics, ByteCounts, Network, Position, StateEntry } from "../network.ts";
import type { InputEncoding } from "../recipe.ts";
import { BatchNorm } from "./batchnorm_unit.ts";
import { Block } from "./block.ts";
import { Buffers } from "./buffers.ts";
import { Evaluation } from "./evaluation.ts";
import { Fixup } from "./fixup_unit.ts";
import { Head } from "./head.ts";
import { checkBatch, Input } from "./input.ts";
import { Memory } from "./memory.ts";
import type { NamedTensor, Parameter } from "./parameter.ts";
import { uniformSource } from "./random.ts";
import { type Fp32Method, updateAt } from "./recipe.ts";
import { entryOf, restoreEntries } from "./state.ts";
import type { Norm, Unit } from "./unit.ts";

/** Makes an initialised `bn-fp32` network. @throws {RunError} when memory is short. */
export function createBatchNormNetwork(options: NetworkOptions): Network {
  return new Fp32Network("bn-fp32", options, (memory) => new BatchNorm(memory, options.batch));
}

/** Makes an initialised `fixup-fp32` network. @throws {RunError} when memory is short. */
export function createFixupNetwork(options: NetworkOptions): Network {
  return new Fp32Network("fixup-fp32", options, (memory) => new Fixup(memory, options.plan, options.batch));
}

class Fp32Network implements Network {
  readonly method: Fp32Method;
  readonly plan: Plan;
  readonly batch: number;
  readonly #memory: Memory;
  readonly #input: Input;
  readonly #encoding: InputEncoding;
  readonly #stem: Unit;
  readonly #blocks: readonly Block[];
  readonly #head: Head;
  readonly #errors: Buffers;
  readonly #weightDecay: number | undefined;
  readonly #parameters: readonly Parameter[];
  #evaluation: Evaluation | undefined;

  constructor(
    method: Fp32Method,
    { library, plan, batch, seed, weightDecay, input = "half" }: NetworkOptions,
    createNorm: (memory: Memory) => Norm,
  ) {
    this.method = method;
    this.#weightDecay = weightDecay;
    this.plan = plan;
    this.batch = batch;
    this.#encoding = input;
    const { stem, blocks } = residualNetwork(plan);
    const memory = this.#memory = new Memory(library);
    try {
      const norm = createNorm(memory);
      let stream = 0;
      const source = () => uniformSource(seed, stream++);
      this.#input = new Input(memory, "activations", plan, batch, input);
      this.#stem = norm.unit(stem, source());
      this.#blocks = blocks.map((block) => new Block(memory, block, norm, source()));
      this.#head = new Head(memory, plan, norm.classifier(plan.classifier, source()));
      this.#errors = new Buffers(memory, "activations", plan, batch, 2);
      this.#parameters = [
        ...this.#units().flatMap((unit) => unit.parameters),
        ...this.#head.parameters,
        ...norm.parameters,
      ];
    } catch (error) {
      memory.close();
      throw error;
    }
  }

  trainStep(batch: Batch, position: Position): BatchMetrics {
    const n = batch.count;
    checkBatch(batch, this.plan, this.batch);
    this.#input.load(batch, 0, n);
    this.#stem.forward(this.#input.pixels, undefined, n);
    let x = this.#stem.output;
    for (const block of this.#blocks) {
      block.forward(x, n);
      x = block.output;
    }
    const metrics = this.#head.forward(x, this.#input.head, n);
    this.#backward(n);
    const update = updateAt(this.method, this.batch, position.rate, this.#encoding, this.#weightDecay);
    for (const parameter of this.#parameters) parameter.update(update);
    return metrics;
  }

  #backward(n: number): void {
    this.#head.backward(this.#input.head, this.#errors.current, n);
    let skip: Tensor | undefined;
    for (let i = this.#blocks.length - 1; i >= 0; i--) {
      const input = this.#blocks[i - 1]?.output ?? this.#stem.output;
      skip = this.#blocks[i]!.backward(input, this.#errors, skip, n);
    }
    this.#stem.backwardAtJunction(this.#input.pixels, this.#errors.current, skip, undefined, n);
  }

  evaluate(batch: Batch): BatchMetrics {
    this.#evaluation ??= new Evaluation(this.#memory, this.plan, this.#encoding);
    return this.#evaluation.run(batch, { stem: this.#stem, blocks: this.#blocks, head: this.#head });
  }

  state(): StateEntry[] {
    const velocities = this.#velocities();
    return [
      ...this.#weights().map((each) => entryOf(each, true)),
      ...velocities.map((each) => entryOf(each, false)),
    ];
  }

  restore(entries: readonly StateEntry[]): void {
    restoreEntries([...this.#weights(), ...this.#velocities()], entries);
  }

  bytes(): ByteCounts {
    return {
      parameters: this.#memory.bytes("parameters"),
      activations: this.#memory.bytes("activations"),
      optimizer: this.#memory.bytes("optimizer"),
    };
  }

  close(): void {
    this.#memory.close();
  }

  #units(): Unit[] {
    return [this.#stem, ...this.#blocks.flatMap((block) => block.units)];
  }

  /** What inference needs. */
  #weights(): NamedTensor[] {
    return [...this.#parameters, ...this.#units().flatMap((unit) => unit.statistics)];
  }

  #velocities(): NamedTensor[] {
    return this.#parameters.map(({ name, shape, velocity }) => ({
      name: `${name}.momentum`,
      shape,
      tensor: velocity,
    }));
  }
}
