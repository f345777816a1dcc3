/**
 * The tensors that flow through an int8 network for batches of up to a given
 * size. Every layer asks for its own; which of them share memory is planned
 * from the programs. What training has beside is in training_room.ts.
 *
 * @module
 */

import { ConvShape, type Geometry } from "../../native/conv_shape.ts";
import type { Kernels } from "../../native/kernels.ts";
import { Tensor, type TensorType } from "../../native/tensor.ts";
import { NEAREST, type Quantizer } from "../../native/words.ts";
import type { EoqRecipe } from "../recipe.ts";

/** Bits of a ReLU, one an element; inference keeps none. */
export type Mask = Tensor | undefined;

/** What a room is for. */
export interface RoomOptions {
  /** Writes the calls of the room's layers down. */
  readonly library: Kernels;
  /** Most images of a batch. */
  readonly batch: number;
  readonly recipe: EoqRecipe;
}

/** Tensors for batches of up to `batch` images. */
export abstract class Room<M extends Mask = Mask> {
  readonly library: Kernels;
  readonly batch: number;
  protected readonly recipe: EoqRecipe;
  readonly #own: Tensor[] = [];
  readonly #named = new Map<string, Tensor>();
  readonly #shapes: ConvShape[] = [];

  constructor({ library, batch, recipe }: RoomOptions) {
    this.library = library;
    this.batch = batch;
    this.recipe = recipe;
  }

  /** A planned tensor of so many elements an image. */
  tensor(type: TensorType, elements: number): Tensor {
    return this.fixed(type, this.batch * elements);
  }

  /** A planned tensor whose size is not the batch's. */
  fixed(type: TensorType, count: number): Tensor {
    return new Tensor(this.library, type, count, true);
  }

  /** A tensor that holds something from one program to the next, in memory of its own. @throws {RunError} when memory is short. */
  own(type: TensorType, count: number): Tensor {
    const created = new Tensor(this.library, type, count);
    this.#own.push(created);
    return created;
  }

  /** What `create` made when the name was asked for first: the tensor that a call of each recording is about. */
  protected named(name: string, create: () => Tensor): Tensor {
    const known = this.#named.get(name) ?? create();
    this.#named.set(name, known);
    return known;
  }

  /** int32 sums of a layer, by a name, before they are quantized. */
  sums(name: string, elements: number): Tensor {
    return this.named(name, () => this.tensor("int32", elements));
  }

  /** An int8 tensor of activations by the recipe, which a step quantizes into once at most. */
  abstract activation(elements: number): Tensor;

  /** Bits of a ReLU. */
  abstract mask(elements: number): M;

  /** How the next call that quantizes into an activation or error does it. */
  abstract quantizer(y: Tensor): Quantizer;

  /** Bytes of the tensors that are not planned. */
  get byteLength(): number {
    return this.#own.reduce((bytes, tensor) => bytes + tensor.byteLength, 0);
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
    for (const tensor of this.#own) tensor.close();
  }
}

/** The tensors of inference. */
export class InferenceRoom extends Room<undefined> {
  activation(elements: number): Tensor {
    return this.tensor("int8", elements);
  }

  mask(): undefined {
    return undefined;
  }

  quantizer(): Quantizer {
    return { ...NEAREST, bits: this.recipe.activationBits };
  }
}
