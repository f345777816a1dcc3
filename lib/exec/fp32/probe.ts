/**
 * The blocks of a network at its initialization, one by one: what a gradient
 * behind a block becomes in front of it. No parameter is ever changed.
 *
 * @module
 */

import type { Executable } from "../../native/program.ts";
import type { Tensor } from "../../native/tensor.ts";
import { checkBatch } from "../batch.ts";
import { fixupDeviations, heDeviation } from "../fixup.ts";
import type { Batch, NetworkOptions } from "../network.ts";
import { BatchNorm } from "./batch_norm.ts";
import { Block } from "./block.ts";
import { Fixup } from "./fixup.ts";
import { Input } from "./input.ts";
import type { Gradient, Norm } from "./layer.ts";
import { Memory, Scratch } from "./memory.ts";
import { centredGaussian, gaussian, uniformSource } from "./random.ts";
import { Trunk } from "./trunk.ts";

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

/** A block forward and backward, and where its gradients lie. */
interface BlockProgram {
  readonly executable: Executable;
  readonly output: Tensor;
  /** Gradient of the output. */
  readonly dy: Tensor;
  /** That of the input; `skip` is a part of it that comes apart. */
  readonly dx: Tensor;
  readonly skip: Tensor | undefined;
}

/** @param block one below which others are trained: its input has a gradient */
function blockProgram(memory: Memory, block: Block, x: Tensor, batch: number): BlockProgram {
  const scratch = new Scratch(memory, batch), { output } = block;
  const dy = scratch.like(output);
  let gradient: Gradient | undefined;
  const executable = memory.program(() => {
    block.forward(x, batch); // The backward pass before wrote over what the layer keeps.
    gradient = block.backward(x, { dy, skip: undefined }, scratch, batch);
  });
  return { executable, output, dy, dx: gradient!.dy, skip: gradient!.skip };
}

/** A network that can be differentiated block by block. Under batch norm a block maps the whole batch at once. */
export class BlockProbe {
  readonly blocks: readonly ProbedBlock[];
  readonly #memory: Memory;
  readonly #programs: readonly BlockProgram[];

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
    const memory = this.#memory = new Memory(library, false);
    try {
      let stream = 0;
      const input = new Input(memory, "activations", plan, batch, encoding);
      const trunk = new Trunk(memory, plan, batch, createNorm(norm, memory, options), () => {
        return uniformSource(seed, stream++);
      });
      input.load(images, 0, batch);
      memory.program(() => {
        input.forward(batch);
        trunk.forward(input.pixels, new Scratch(memory, batch), batch);
      }).run({});
      const { layers } = trunk;
      const blocks = layers.flatMap((block, i) => block instanceof Block ? [{ block, x: layers[i - 1]!.output }] : []);
      this.#programs = blocks.map(({ block, x }) => blockProgram(memory, block, x, batch));
      this.blocks = blocks.map(({ block, x }) => ({
        name: block.name,
        inputs: x.count,
        outputs: block.output.count,
      }));
    } catch (error) {
      memory.close();
      throw error;
    }
  }

  /** J^T v of a block for the whole batch, NHWC. @throws {RangeError} when v has not one element an output. */
  vectorJacobian(block: number, v: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const { inputs, outputs } = this.blocks[block]!;
    if (v.length !== outputs) throw new RangeError(`v has ${v.length} elements, not ${outputs}`);
    const { executable, dy, dx, skip } = this.#programs[block]!;
    dy.write(v);
    executable.run({});
    const gradient = dx.read(new Float32Array(inputs));
    if (skip === undefined) return gradient;
    const through = skip.read(new Float32Array(inputs));
    return gradient.map((value, i) => value + through[i]!);
  }

  /** Values behind a block's last ReLU, of the whole batch. */
  output(block: number): Float32Array<ArrayBuffer> {
    return this.#programs[block]!.output.read(new Float32Array(this.blocks[block]!.outputs));
  }

  /** Frees the native memory. */
  close(): void {
    this.#memory.close();
  }
}
