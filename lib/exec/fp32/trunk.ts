/**
 * All layers between the pixels and the classifier.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { Tensor } from "../../native/tensor.ts";
import type { Plan } from "../../plan/plan.ts";
import { Block, ConvLayer } from "./block.ts";
import type { Gradient, Layer, Learner, Norm } from "./layer.ts";
import { MaxPool } from "./max_pool.ts";
import type { Memory, NamedTensor, Parameter, Scratch } from "./memory.ts";

/** The layers of a network. */
export class Trunk implements Learner {
  readonly layers: readonly Layer[];

  /**
   * @param source gives each layer its uniform numbers
   * @throws {UserError} when the first layer is no convolution.
   */
  constructor(memory: Memory, plan: Plan, batch: number, norm: Norm, source: () => () => number) {
    const layers: Layer[] = [];
    for (const layer of plan.layers) {
      if (layer.kind === "conv") {
        layers.push(new ConvLayer(norm.unit(layer.conv, source()), layers.length === 0));
      } else if (layer.kind === "max-pool" || layer.kind === "block") {
        if (layers.length === 0) throw new UserError(`${plan.model}: the first layer must be a convolution`);
        layers.push(
          layer.kind === "block"
            ? new Block(memory, layer.block, norm, source())
            : new MaxPool(memory, layer.pool, batch),
        );
      }
      // A pool over all pixels belongs to the head, and flattening moves nothing.
    }
    this.layers = layers;
  }

  get parameters(): readonly Parameter[] {
    return this.layers.flatMap(({ parameters }) => parameters);
  }

  get statistics(): readonly NamedTensor[] {
    return this.layers.flatMap(({ statistics }) => statistics);
  }

  /** Returns the last layer's output. */
  forward(pixels: Tensor, n: number): Tensor {
    return this.layers.reduce((x, layer) => {
      layer.forward(x, n);
      return layer.output;
    }, pixels);
  }

  /** Returns the features, or the pixels where there is no layer. */
  infer(pixels: Tensor, scratch: Scratch, n: number): Tensor {
    return this.layers.reduce((x, layer) => layer.infer(x, scratch, n), pixels);
  }

  /** Takes the gradient of the last layer's output; sets those of all parameters. */
  backward(pixels: Tensor, dy: Tensor, scratch: Scratch, n: number): void {
    let gradient: Gradient | undefined = { dy, skip: undefined };
    for (let i = this.layers.length - 1; i >= 0 && gradient !== undefined; i--) {
      gradient = this.layers[i]!.backward(this.layers[i - 1]?.output ?? pixels, gradient, scratch, n);
    }
  }
}
