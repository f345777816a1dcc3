/**
 * The tensors of a training step: activations that are kept for the way back,
 * masks, errors and gradients.
 *
 * @module
 */

import type { Tensor, TensorType } from "../../native/tensor.ts";
import { convElements, convolutions, type ConvPlan, outputSize, type Plan } from "../../plan/plan.ts";
import type { Rounding } from "../recipe.ts";
import { MAX_INT32_PRODUCTS } from "./number.ts";
import { found } from "./parameters.ts";
import { Quantizers } from "./quantizers.ts";
import { Room, type RoomOptions, widestTensor } from "./room.ts";

/** Buffers that layers share on the way back. */
export interface ErrorBuffers {
  /** int8 errors: of the current tensor, of the branch behind and between its convolutions, of the next tensor. */
  readonly current: Tensor;
  readonly branch: Tensor;
  readonly inner: Tensor;
  readonly next: Tensor;
  /** Where a projection's error goes that it passes on. */
  readonly projected: () => Tensor;
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

/** Tensors of training. */
export class TrainingRoom extends Room<Tensor> {
  /** A training step starts with it. */
  readonly quantizers: Quantizers;
  readonly errors: ErrorBuffers;
  /** Sums of the fine parts of flagged errors; made for the first of them. */
  #fineSums: Tensor | undefined;

  /** @param scalars how many scalars have a gradient */
  constructor(options: RoomOptions, scalars: number) {
    super(options);
    this.quantizers = new Quantizers(this.library, this.recipe.exponents);
    this.errors = this.#errorBuffers(options.plan, scalars);
  }

  activation(elements: number): Tensor {
    return this.#quantized(elements, this.recipe.activationBits, this.recipe.activationRounding, 1);
  }

  /** Keeps it for the way back. */
  release(): void {}

  mask(elements: number): Tensor {
    return this.tensor("bits", elements);
  }

  /** The int8 errors of the logits by the recipe. */
  logitErrors(classes: number): Tensor {
    const created = this.tensor("int8", classes);
    this.quantizers.add(created, this.recipe.logitErrorRounding, 0);
    return this.#flagged(created);
  }

  #quantized(elements: number, bits: number, rounding: Rounding, times: number): Tensor {
    const created = this.tensor("int8", elements);
    this.library.check(this.library.symbols.eoq_int8_quantizer(created.handle, bits));
    this.quantizers.add(created, rounding, times);
    return created;
  }

  /** Whether gradients are int64: those of flagged errors always are. */
  #wideGradients(conv: ConvPlan): boolean {
    return this.recipe.errorQuantizer === "flag" || needsWideGradients(conv, this.batch);
  }

  /** The tensor itself, with flags where the recipe has them. */
  #flagged(errors: Tensor): Tensor {
    if (this.recipe.errorQuantizer === "shift") return errors;
    const fine = this.fixed("int8", errors.count);
    this.#fineSums ??= this.fixed("int32", this.sums.count);
    this.library.check(
      this.library.symbols.eoq_int8_flag_quantizer(errors.handle, fine.handle, this.#fineSums.handle),
    );
    return errors;
  }

  #errorBuffers(plan: Plan, scalars: number): ErrorBuffers {
    const all = convolutions(plan), widest = widestTensor(plan);
    const largest = (wide: boolean) =>
      Math.max(
        0,
        ...all.filter((conv) => this.#wideGradients(conv) === wide).map((conv) => convElements(conv).weights),
      );
    const { errorBits, errorRounding } = this.recipe;
    // At most one quantization a convolution, and at the end of a block or of a pool one more.
    const times = all.length + plan.layers.length;
    const error = (elements: number) => this.#quantized(elements, errorBits, errorRounding, times);
    const buffer = (type: TensorType, count: number) => count > 0 ? this.fixed(type, count) : undefined;
    const narrow = buffer("int32", largest(false));
    const wide = buffer("int64", largest(true));
    const projections = plan.layers.flatMap((layer) =>
      layer.kind === "block" && layer.block.shortcut.kind === "projection" ? [layer.block.shortcut.conv] : []
    );
    const current = error(widest);
    const branch = this.#flagged(error(widest));
    const inner = this.#flagged(error(widest));
    const next = error(widest);
    const largestProjected = Math.max(0, ...projections.map((conv) => convElements(conv).input));
    const projected = largestProjected > 0 ? error(largestProjected) : undefined;
    return {
      current,
      branch,
      inner,
      next,
      projected: () => found(projected, "the error of a projection"),
      gradients: (conv) => found(this.#wideGradients(conv) ? wide : narrow, conv.name),
      scalars: this.fixed("int64", 2 * scalars),
    };
  }
}
