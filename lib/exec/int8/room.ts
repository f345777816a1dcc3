/**
 * The tensors that flow through an int8 network for batches of up to a given
 * size: room for the activations of its layers, and shared buffers for
 * everything else.
 *
 * @module
 */

import type { Kernels } from "../../native/kernels.ts";
import { Tensor, type TensorType } from "../../native/tensor.ts";
import type { EoqRecipe, Rounding } from "../recipe.ts";
import { convElements, convolutions, type ConvPlan, outputSize, type Plan } from "../../plan/plan.ts";
import { MAX_INT32_PRODUCTS } from "./number.ts";
import { Quantizers } from "./quantizers.ts";

/** Buffers that only training needs. */
export interface ErrorBuffers {
  /** int8 errors: of the current tensor, of the branch behind and between its convolutions, of the next tensor. */
  readonly current: Tensor;
  readonly branch: Tensor;
  readonly inner: Tensor;
  readonly next: Tensor;
  /** The error that a projection passes on; absent where a plan has none. */
  readonly projected: Tensor | undefined;
  /** Where a convolution's weight gradients go: int32, or int64 where a batch could overflow that. */
  readonly gradients: (conv: ConvPlan) => Tensor;
  /** A sum and its exponent for each scalar. */
  readonly scalars: Tensor;
}

/** Whether sums of the weight gradients can pass int32 at this batch. */
export function needsWideGradients(conv: ConvPlan, batch: number): boolean {
  const { height, width } = outputSize(conv);
  return batch * height * width > MAX_INT32_PRODUCTS;
}

/** Tensors for batches of up to `batch` images. */
export class Room {
  readonly library: Kernels;
  readonly batch: number;
  /** int32 results of convolutions and pools, one at a time. */
  readonly sums: Tensor;
  /** Present when the network trains. */
  readonly errors: ErrorBuffers | undefined;
  /** Present when the network trains; a training step starts with it. */
  readonly quantizers: Quantizers | undefined;
  readonly #recipe: EoqRecipe;
  /** Sums of the fine parts of flagged errors; made for the first of them. */
  #fineSums: Tensor | undefined;
  readonly #tensors: Tensor[] = [];
  /** Activations of inference that nothing reads any more. */
  readonly #free: Tensor[] = [];

  /**
   * @param scalars how many scalars have a gradient; undefined in inference
   * @param lent an int32 tensor that nobody else uses at the same time, taken for the sums where it is large enough
   */
  constructor(
    library: Kernels,
    plan: Plan,
    batch: number,
    scalars: number | undefined,
    recipe: EoqRecipe,
    lent?: Tensor,
  ) {
    this.#recipe = recipe;
    this.library = library;
    this.batch = batch;
    const widest = Math.max(...convolutions(plan).map(convElements).flatMap(({ input, output }) => [input, output]));
    this.sums = lent !== undefined && lent.count >= batch * widest ? lent : this.tensor("int32", widest);
    this.quantizers = scalars === undefined ? undefined : new Quantizers(library, recipe.exponents);
    this.errors = scalars === undefined ? undefined : this.#errorBuffers(plan, widest, scalars);
  }

  /** A tensor of so many elements an image. @throws {RunError} when memory is short. */
  tensor(type: TensorType, elements: number): Tensor {
    return this.fixed(type, this.batch * elements);
  }

  /**
   * An int8 tensor of activations by the recipe, which a step quantizes into
   * once at most. In inference it may be one that was released: layers ask for
   * tensors, and release them, in the order in which they will run.
   */
  activation(elements: number): Tensor {
    const fitting = this.#free.filter(({ count }) => count >= this.batch * elements);
    const [smallest] = fitting.toSorted((a, b) => a.count - b.count);
    const { activationBits, activationRounding } = this.#recipe;
    if (smallest === undefined) return this.#quantized(elements, activationBits, activationRounding, 1);
    this.library.check(this.library.symbols.eoq_int8_quantizer(smallest.handle, activationBits));
    return this.#free.splice(this.#free.indexOf(smallest), 1)[0]!;
  }

  /** Says of an int8 tensor that no layer made from here on reads it; training keeps it for the way back. */
  release(activation: Tensor): void {
    if (this.errors === undefined) this.#free.push(activation);
  }

  /** The int8 errors of the logits by the recipe; inference has none. */
  logitErrors(classes: number): Tensor | undefined {
    if (this.quantizers === undefined) return undefined;
    const created = this.tensor("int8", classes);
    this.quantizers.add(created, this.#recipe.logitErrorRounding, 0);
    return this.#flagged(created);
  }

  /** Bits of a ReLU, one an element; inference keeps none. */
  mask(elements: number): Tensor | undefined {
    return this.errors && this.tensor("bits", elements);
  }

  /** Bytes of all tensors. */
  get byteLength(): number {
    return this.#tensors.reduce((bytes, tensor) => bytes + tensor.byteLength, 0);
  }

  /** Frees the native memory. */
  close(): void {
    for (const tensor of this.#tensors) tensor.close();
  }

  /** A tensor whose size is not the batch's. */
  fixed(type: TensorType, count: number): Tensor {
    const created = new Tensor(this.library, type, count);
    this.#tensors.push(created);
    return created;
  }

  #quantized(elements: number, bits: number, rounding: Rounding, times: number): Tensor {
    const created = this.tensor("int8", elements);
    this.library.check(this.library.symbols.eoq_int8_quantizer(created.handle, bits));
    this.quantizers?.add(created, rounding, times);
    return created;
  }

  /** Whether gradients are int64: those of flagged errors always are. */
  #wideGradients(conv: ConvPlan): boolean {
    return this.#recipe.errorQuantizer === "flag" || needsWideGradients(conv, this.batch);
  }

  /** The tensor itself, with flags where the recipe has them. */
  #flagged(errors: Tensor): Tensor {
    if (this.#recipe.errorQuantizer === "shift") return errors;
    const fine = this.fixed("int8", errors.count);
    this.#fineSums ??= this.fixed("int32", this.sums.count);
    this.library.check(
      this.library.symbols.eoq_int8_flag_quantizer(errors.handle, fine.handle, this.#fineSums.handle),
    );
    return errors;
  }

  #errorBuffers(plan: Plan, widest: number, scalars: number): ErrorBuffers {
    const all = convolutions(plan);
    const largest = (wide: boolean) =>
      Math.max(
        0,
        ...all.filter((conv) => this.#wideGradients(conv) === wide).map((conv) => convElements(conv).weights),
      );
    const { errorBits, errorRounding } = this.#recipe;
    // At most one quantization a convolution, and at the end of a block or of a pool one more.
    const times = all.length + plan.layers.length;
    const error = (elements: number) => this.#quantized(elements, errorBits, errorRounding, times);
    const buffer = (type: TensorType, count: number) => count > 0 ? this.fixed(type, count) : undefined;
    const narrow = buffer("int32", largest(false));
    const wide = buffer("int64", largest(true));
    const projections = plan.layers.flatMap((layer) =>
      layer.kind === "block" && layer.block.shortcut.kind === "projection" ? [layer.block.shortcut.conv] : []
    );
    const projected = Math.max(0, ...projections.map((conv) => convElements(conv).input));
    return {
      current: error(widest),
      branch: this.#flagged(error(widest)),
      inner: this.#flagged(error(widest)),
      next: error(widest),
      projected: projected > 0 ? error(projected) : undefined,
      gradients: (conv) => (this.#wideGradients(conv) ? wide : narrow)!,
      scalars: this.fixed("int64", 2 * scalars),
    };
  }
}
