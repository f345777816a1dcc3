/**
 * All layers between the pixels and the classifier.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import { firstTrained, type Trained } from "../../plan/trained.ts";
import { Block, ConvLayer } from "./block.ts";
import type { Gradient, Layer, Learner, Norm } from "./layer.ts";
import { MaxPool } from "./max_pool.ts";
import type { Memory, NamedTensor, Parameter, Scratch } from "./memory.ts";

/** The layers of a network. */
export class Trunk implements Learner {
  readonly layers: readonly Layer[];
  readonly #frozen: readonly Layer[];
  readonly #trained: readonly Layer[];
  /** What the first trained layer reads, once a forward pass was made. */
  #input: Tensor | undefined;

  /**
   * @param source gives each layer its uniform numbers
   * @throws {UserError} when the first layer is no convolution.
   * @throws {RangeError} when there are fewer layers than are to be trained.
   */
  constructor(
    memory: Memory,
    plan: Plan,
    batch: number,
    norm: Norm,
    source: () => () => number,
    train: Trained = "all",
  ) {
    const frozen: Layer[] = [], trained: Layer[] = [], first = firstTrained(plan, train);
    plan.layers.forEach((layer, i) => {
      const layers = i < first ? frozen : trained, isLowest = layers === trained && trained.length === 0;
      if (layer.kind === "conv") {
        layers.push(new ConvLayer(norm.unit(layer.conv, source()), isLowest));
      } else if (layer.kind === "max-pool" || layer.kind === "block") {
        if (frozen.length + trained.length === 0) {
          throw new UserError(`${plan.model}: the first layer must be a convolution`);
        }
        layers.push(
          layer.kind === "block"
            ? new Block(memory, layer.block, norm, source(), isLowest)
            : new MaxPool(memory, layer.pool, batch),
        );
      }
      // A pool over all pixels belongs to the head, and flattening moves nothing.
    });
    this.layers = [...frozen, ...trained];
    this.#frozen = frozen;
    this.#trained = trained;
  }

  get parameters(): readonly Parameter[] {
    return this.layers.flatMap(({ parameters }) => parameters);
  }

  /** Those of the parameters that are not frozen. */
  get trained(): readonly Parameter[] {
    return this.#trained.flatMap(({ parameters }) => parameters);
  }

  /** Whether every layer is frozen. */
  get isFrozen(): boolean {
    return this.#trained.length === 0;
  }

  get statistics(): readonly NamedTensor[] {
    return this.layers.flatMap(({ statistics }) => statistics);
  }

  /** Returns the last layer's output; frozen layers run as inference does. */
  forward(pixels: Tensor, scratch: Scratch, n: number): Tensor {
    this.#input = this.#frozen.reduce((x, layer) => layer.infer(x, scratch, n), pixels);
    return this.#trained.reduce((x, layer) => {
      layer.forward(x, n);
      return layer.output;
    }, this.#input);
  }

  /** Returns the features, or the pixels where there is no layer. */
  infer(pixels: Tensor, scratch: Scratch, n: number): Tensor {
    return this.layers.reduce((x, layer) => layer.infer(x, scratch, n), pixels);
  }

  /** Takes the gradient of the last layer's output, behind a forward pass; sets those of what is trained. */
  backward(dy: Tensor, scratch: Scratch, n: number): void {
    const inputs = [this.#input!, ...this.#trained.map(({ output }) => output)];
    let gradient: Gradient | undefined = { dy, skip: undefined };
    for (let i = this.#trained.length - 1; i >= 0 && gradient !== undefined; i--) {
      gradient = this.#trained[i]!.backward(inputs[i]!, gradient, scratch, n);
    }
  }
}
