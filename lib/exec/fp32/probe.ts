/**
 * The blocks of a network at its initialization, one by one: what a gradient
 * behind a block becomes in front of it. No parameter is ever changed.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import { fixupDeviations, heDeviation } from "../fixup.ts";
import type { Batch, NetworkOptions } from "../network.ts";
import { BatchNorm } from "./batchnorm_unit.ts";
import { Block } from "./block.ts";
import { Fixup } from "./fixup_unit.ts";
import { checkBatch, Input } from "./input.ts";
import { Memory } from "./memory.ts";
import { centredGaussian, gaussian, uniformSource } from "./random.ts";
import { Trunk } from "./trunk.ts";
import type { Norm } from "./unit.ts";

/** Normalizations to probe: batch norm, Fixup, and He's initialization with neither, as it is and with centred weights. */
export const PROBE_NORMS = ["bn", "fixup", "none", "centred"] as const;

/** How a probed network is normalized. */
export type ProbeNorm = typeof PROBE_NORMS[number];

function createNorm(norm: ProbeNorm, memory: Memory, { plan, batch }: NetworkOptions): Norm {
  switch (norm) {
    case "bn":
      return new BatchNorm(memory, batch);
    case "fixup": {
      const deviations = fixupDeviations(plan);
      return new Fixup(memory, plan, batch, (conv, source) => gaussian(conv, deviations.get(conv)!, source));
    }
    // Fixup's biases are 0 and its multipliers 1 at the start, so what is left is its weights.
    case "none":
      return new Fixup(memory, plan, batch, (conv, source) => gaussian(conv, heDeviation(conv), source));
    case "centred":
      return new Fixup(memory, plan, batch, (conv, source) => centredGaussian(conv, heDeviation(conv), source));
  }
}

/** A block of a probed network. */
export interface ProbedBlock {
  readonly name: string;
  /** Elements of its input and of its output for the whole batch. */
  readonly inputs: number;
  readonly outputs: number;
}

/** A network that can be differentiated block by block. Under batch norm a block maps the whole batch at once. */
export class BlockProbe {
  readonly blocks: readonly ProbedBlock[];
  readonly #memory: Memory;
  readonly #trunk: Trunk;
  /** Each block with its input. */
  readonly #blocks: readonly { readonly block: Block; readonly x: Tensor }[];
  readonly #batch: number;

  /**
   * Initialises the network and runs it forward on a full batch.
   *
   * @throws {RunError} when memory is short.
   * @throws {RangeError} when the batch has another size than the options say.
   */
  constructor(options: NetworkOptions, norm: ProbeNorm, images: Batch) {
    const { library, plan, batch, seed, input: encoding = "half" } = options;
    checkBatch(images, plan, batch);
    if (images.count !== batch) throw new RangeError(`batch: ${images.count} images, not ${batch}`);
    const memory = this.#memory = new Memory(library);
    try {
      let stream = 0;
      const input = new Input(memory, "activations", plan, batch, encoding);
      this.#trunk = new Trunk(memory, plan, batch, createNorm(norm, memory, options), () => {
        return uniformSource(seed, stream++);
      });
      input.load(images, 0, batch);
      this.#trunk.forward(input.pixels, batch);
    } catch (error) {
      memory.close();
      throw error;
    }
    this.#batch = batch;
    const { layers } = this.#trunk;
    this.#blocks = layers.flatMap((block, i) => block instanceof Block ? [{ block, x: layers[i - 1]!.output }] : []);
    this.blocks = this.#blocks.map(({ block, x }) => ({
      name: block.name,
      inputs: x.count,
      outputs: block.output.count,
    }));
  }

  /** J^T v of a block for the whole batch, NHWC. @throws {RangeError} when v has not one element an output. */
  vectorJacobian(block: number, v: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const { inputs, outputs } = this.blocks[block]!;
    if (v.length !== outputs) throw new RangeError(`v has ${v.length} elements, not ${outputs}`);
    const { block: layer, x } = this.#blocks[block]!;
    const { errors } = this.#trunk;
    layer.forward(x, this.#batch); // The backward pass before wrote over what the layer keeps.
    errors.current.write(v);
    const skip = layer.backward(x, errors, undefined, this.#batch);
    const gradient = errors.current.read(new Float32Array(inputs));
    if (skip === undefined) return gradient;
    const through = skip.read(new Float32Array(inputs));
    return gradient.map((value, i) => value + through[i]!);
  }

  /** Values behind a block's last ReLU, of the whole batch. */
  output(block: number): Float32Array<ArrayBuffer> {
    return this.#blocks[block]!.block.output.read(new Float32Array(this.blocks[block]!.outputs));
  }

  /** Frees the native memory. */
  close(): void {
    this.#memory.close();
  }
}
