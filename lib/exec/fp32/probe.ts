/**
 * The blocks of a network at its initialization, one by one: what a gradient
 * behind a block becomes in front of it. No parameter is ever changed.
 *
 * @module
 */

import { residualNetwork } from "../../plan/residual.ts";
import { outputSize } from "../../plan/plan.ts";
import type { NetworkOptions } from "../methods.ts";
import type { Batch } from "../network.ts";
import { BatchNorm } from "./batchnorm_unit.ts";
import { Block } from "./block.ts";
import { Buffers } from "./buffers.ts";
import { Fixup } from "./fixup_unit.ts";
import { heSigmas } from "./initial.ts";
import { checkBatch, Input } from "./input.ts";
import { Memory } from "./memory.ts";
import { uniformSource } from "./random.ts";
import type { Norm, Unit } from "./unit.ts";

/** Normalizations to probe: batch norm, Fixup, and He's initialization with neither. */
export const PROBE_NORMS = ["bn", "fixup", "none"] as const;

/** How a probed network is normalized. */
export type ProbeNorm = typeof PROBE_NORMS[number];

function createNorm(norm: ProbeNorm, memory: Memory, { plan, batch }: NetworkOptions): Norm {
  switch (norm) {
    case "bn":
      return new BatchNorm(memory, batch);
    case "fixup":
      return new Fixup(memory, plan, batch);
    case "none": // Fixup's biases are 0 and its multipliers 1 at the start, so what is left is its weights.
      return new Fixup(memory, plan, batch, heSigmas(plan));
  }
}

/** A block of a probed network. */
export interface ProbedBlock {
  readonly name: string;
  /** Elements of its input and of its output for the whole batch. */
  readonly inputs: number;
  readonly outputs: number;
}

/** A network that can be differentiated block by block. */
export class BlockProbe {
  readonly blocks: readonly ProbedBlock[];
  readonly #memory: Memory;
  readonly #stem: Unit;
  readonly #blocks: readonly Block[];
  readonly #errors: Buffers;
  readonly #batch: number;

  /**
   * Initialises the network and runs it forward on a full batch.
   *
   * @throws {RunError} when memory is short.
   * @throws {RangeError} when the batch has another size than the options say.
   */
  constructor(options: NetworkOptions, norm: ProbeNorm, images: Batch) {
    const { library, plan, batch, seed, input: encoding = "half" } = options;
    const { stem, blocks } = residualNetwork(plan);
    checkBatch(images, plan, batch);
    if (images.count !== batch) throw new RangeError(`batch: ${images.count} images, not ${batch}`);
    const memory = this.#memory = new Memory(library);
    try {
      const made = createNorm(norm, memory, options);
      let stream = 0;
      const source = () => uniformSource(seed, stream++);
      const input = new Input(memory, "activations", plan, batch, encoding);
      this.#stem = made.unit(stem, source());
      this.#blocks = blocks.map((block) => new Block(memory, block, made, source()));
      this.#errors = new Buffers(memory, "activations", plan, batch, 2);
      input.load(images, 0, batch);
      this.#stem.forward(input.pixels, undefined, batch);
      this.#blocks.forEach((block, i) => block.forward(this.#inputOf(i), batch));
    } catch (error) {
      memory.close();
      throw error;
    }
    this.#batch = batch;
    this.blocks = blocks.map(({ name, conv1, conv2 }) => {
      const { height, width } = outputSize(conv2);
      return {
        name,
        inputs: batch * conv1.height * conv1.width * conv1.inputs,
        outputs: batch * height * width * conv2.outputs,
      };
    });
  }

  /** J^T v of a block for the whole batch, NHWC. @throws {RangeError} when v has not one element an output. */
  vectorJacobian(block: number, v: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const { inputs, outputs } = this.blocks[block]!;
    if (v.length !== outputs) throw new RangeError(`v has ${v.length} elements, not ${outputs}`);
    const layer = this.#blocks[block]!;
    const x = this.#inputOf(block);
    layer.forward(x, this.#batch); // The backward pass before wrote over what the layer keeps.
    this.#errors.current.write(v);
    const skip = layer.backward(x, this.#errors, undefined, this.#batch);
    const gradient = this.#errors.current.read(new Float32Array(inputs));
    if (skip === undefined) return gradient;
    const through = skip.read(new Float32Array(inputs));
    return gradient.map((value, i) => value + through[i]!);
  }

  /** Values behind a block's last ReLU, of the whole batch. */
  output(block: number): Float32Array<ArrayBuffer> {
    return this.#blocks[block]!.output.read(new Float32Array(this.blocks[block]!.outputs));
  }

  /** Frees the native memory. */
  close(): void {
    this.#memory.close();
  }

  #inputOf(block: number) {
    return this.#blocks[block - 1]?.output ?? this.#stem.output;
  }
}
