/**
 * The tensors of a training step: activations that are kept for the way back,
 * masks, errors and gradients.
 *
 * @module
 */

import type { Tensor, TensorType } from "../../native/tensor.ts";
import type { Quantizer } from "../../native/words.ts";
import { convElements, convolutions, type ConvPlan, outputSize, type Plan } from "../../plan/plan.ts";
import { MAX_INT32_PRODUCTS } from "./number.ts";
import { found } from "./parameters.ts";
import { type Quantization, Quantizers } from "./quantizers.ts";
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

/** Errors of the logits have all bits, whatever those of other errors. */
const LOGIT_BITS = 8;

/** Whether sums of the weight gradients can pass int32 at this batch. */
export function needsWideGradients(conv: ConvPlan, batch: number): boolean {
  const { height, width } = outputSize(conv);
  return batch * height * width > MAX_INT32_PRODUCTS;
}

/** What a convolution of errors is called with: their fine part and room for its sums, where they are flagged. */
export interface FlagWords {
  readonly fine: Tensor | undefined;
  readonly fine_sums: Tensor | undefined;
}

/** What a training room is for. */
export interface TrainingRoomOptions extends RoomOptions {
  /** Scalars that have a gradient. */
  readonly scalars: number;
  /** Keys random bits, together with the step. */
  readonly seed: number;
}

/** Tensors of training. */
export class TrainingRoom extends Room<Tensor> {
  /** The calls of a training step start with it. */
  readonly quantizers: Quantizers;
  readonly errors: ErrorBuffers;
  /** Sums of the fine parts of flagged errors; made for the first of them. */
  #fineSums: Tensor | undefined;

  constructor(options: TrainingRoomOptions) {
    super(options);
    this.quantizers = new Quantizers(this.library, options.seed, this.recipe.exponents);
    this.errors = this.#errorBuffers(options.plan, options.scalars);
  }

  activation(elements: number): Tensor {
    const { activationBits: bits, activationRounding: rounding } = this.recipe;
    const created = this.tensor("int8", elements);
    this.quantizers.add(created, { bits, rounding, times: 1 });
    return created;
  }

  /** Keeps it for the way back. */
  release(): void {}

  mask(elements: number): Tensor {
    return this.tensor("bits", elements);
  }

  quantizer(y: Tensor): Quantizer {
    return this.quantizers.next(y);
  }

  /** The int8 errors of the logits by the recipe. */
  logitErrors(classes: number): Tensor {
    return this.#error(classes, { bits: LOGIT_BITS, rounding: this.recipe.logitErrorRounding, times: 0 }, true);
  }

  /** What a convolution of these errors is called with beside them. */
  flags(dy: Tensor): FlagWords {
    const fine = this.quantizers.fineOf(dy);
    return { fine, fine_sums: fine && this.#fineSums };
  }

  /** Whether gradients are int64: those of flagged errors always are. */
  #wideGradients(conv: ConvPlan): boolean {
    return this.recipe.errorQuantizer === "flag" || needsWideGradients(conv, this.batch);
  }

  /** int8 errors, which have flags where `flagged` and the recipe has them. */
  #error(elements: number, how: Quantization, flagged: boolean): Tensor {
    const created = this.tensor("int8", elements);
    const fine = flagged && this.recipe.errorQuantizer === "flag" ? this.tensor("int8", elements) : undefined;
    if (fine !== undefined) this.#fineSums ??= this.fixed("int32", this.sums.count);
    this.quantizers.add(created, { ...how, fine });
    return created;
  }

  #errorBuffers(plan: Plan, scalars: number): ErrorBuffers {
    const all = convolutions(plan), widest = widestTensor(plan);
    const largest = (wide: boolean) =>
      Math.max(
        0,
        ...all.filter((conv) => this.#wideGradients(conv) === wide).map((conv) => convElements(conv).weights),
      );
    const { errorBits: bits, errorRounding: rounding } = this.recipe;
    // At most one quantization a convolution, and at the end of a block or of a pool one more.
    const times = all.length + plan.layers.length;
    const error = (elements: number, flagged = false) => this.#error(elements, { bits, rounding, times }, flagged);
    const buffer = (type: TensorType, count: number) => count > 0 ? this.fixed(type, count) : undefined;
    const narrow = buffer("int32", largest(false));
    const wide = buffer("int64", largest(true));
    const projections = plan.layers.flatMap((layer) =>
      layer.kind === "block" && layer.block.shortcut.kind === "projection" ? [layer.block.shortcut.conv] : []
    );
    const current = error(widest);
    const branch = error(widest, true);
    const inner = error(widest, true);
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
