/**
 * The tensors that flow through an int8 network for batches of up to a given
 * size: room for the activations of its layers, and shared buffers for
 * everything else. What training has beside is in training_room.ts.
 *
 * @module
 */

import { ConvShape, type Geometry } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import { Tensor, type TensorType } from "../../native/tensor.ts";
import { NEAREST, type Quantizer } from "../../native/words.ts";
import { convElements, convolutions, type Plan } from "../../plan/plan.ts";
import type { EoqRecipe } from "../recipe.ts";

/** Bits of a ReLU, one an element; inference keeps none. */
export type Mask = Tensor | undefined;

/** What a room is for. */
export interface RoomOptions {
  /** Writes the calls of the room's layers down. */
  readonly library: Kernels;
  readonly plan: Plan;
  /** Most images of a batch. */
  readonly batch: number;
  readonly recipe: EoqRecipe;
}

/** Elements an image of the largest tensor that a convolution of a plan reads or writes. */
export function widestTensor(plan: Plan): number {
  return Math.max(...convolutions(plan).map(convElements).flatMap(({ input, output }) => [input, output]));
}

/** Tensors for batches of up to `batch` images. */
export abstract class Room<M extends Mask = Mask> {
  readonly library: Kernels;
  readonly batch: number;
  /** int32 results of convolutions and pools, one at a time. */
  readonly sums: Tensor;
  protected readonly recipe: EoqRecipe;
  readonly #tensors: Tensor[] = [];
  readonly #shapes: ConvShape[] = [];

  /** @param lent an int32 tensor that nobody else uses at the same time, taken for the sums where it is large enough */
  constructor({ library, plan, batch, recipe }: RoomOptions, lent?: Tensor) {
    this.library = library;
    this.batch = batch;
    this.recipe = recipe;
    const widest = widestTensor(plan);
    this.sums = lent !== undefined && lent.count >= batch * widest ? lent : this.tensor("int32", widest);
  }

  /** A tensor of so many elements an image. @throws {RunError} when memory is short. */
  tensor(type: TensorType, elements: number): Tensor {
    return this.fixed(type, this.batch * elements);
  }

  /** A tensor whose size is not the batch's. */
  fixed(type: TensorType, count: number): Tensor {
    const created = new Tensor(this.library, type, count);
    this.#tensors.push(created);
    return created;
  }

  /**
   * An int8 tensor of activations by the recipe, which a step quantizes into
   * once at most. Layers ask for tensors, and release them, in the order in
   * which they will run.
   */
  abstract activation(elements: number): Tensor;

  /** Tells the room that no layer made from here on reads an activation. */
  abstract release(activation: Tensor): void;

  /** Bits of a ReLU. */
  abstract mask(elements: number): M;

  /** How the next call that quantizes into an activation or error does it. */
  abstract quantizer(y: Tensor): Quantizer;

  /** Bytes of all tensors. */
  get byteLength(): number {
    return this.#tensors.reduce((bytes, tensor) => bytes + tensor.byteLength, 0);
  }

  /** A shape, held as long as the tensors. */
  shape(geometry: Geometry): ConvShape {
    const created = new ConvShape(this.library, geometry);
    this.#shapes.push(created);
    return created;
  }

  /** Frees the native memory. */
  close(): void {
    for (const shape of this.#shapes) shape.close();
    for (const tensor of this.#tensors) tensor.close();
  }
}

/** The tensors of inference: an activation lies where one lay that was released. */
export class InferenceRoom extends Room<undefined> {
  /** Activations that nothing reads any more. */
  readonly #free: Tensor[] = [];

  activation(elements: number): Tensor {
    const fitting = this.#free.filter(({ count }) => count >= this.batch * elements);
    const [smallest = this.tensor("int8", elements)] = fitting.toSorted((a, b) => a.count - b.count);
    if (fitting.length > 0) this.#free.splice(this.#free.indexOf(smallest), 1);
    return smallest;
  }

  release(activation: Tensor): void {
    this.#free.push(activation);
  }

  mask(): undefined {
    return undefined;
  }

  quantizer(): Quantizer {
    return { ...NEAREST, bits: this.recipe.activationBits };
  }
}
