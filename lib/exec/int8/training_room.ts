/**
 * The tensors of a training step: activations that are kept for the way back,
 * masks, errors and gradients.
 *
 * @module
 */

import type { Tensor } from "../../native/tensor.ts";
import type { Quantizer } from "../../native/words.ts";
import { convElements, convolutions, type ConvPlan, outputSize, type Plan } from "../../plan/plan.ts";
import { MAX_INT32_PRODUCTS } from "./number.ts";
import { found } from "./parameters.ts";
import { Quantizers, type Sequence } from "./quantizers.ts";
import { Room, type RoomOptions } from "./room.ts";

/**
 * What an error is in a step, which its random bits and exponents go by: the
 * errors of outputs of layers are `even` and `odd` by turns from the last one
 * on; `branch` and `inner` are those behind and between the convolutions of
 * layers, `projected` what a projection passes on.
 */
export type ErrorRole = "even" | "branch" | "inner" | "odd" | "projected";

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
  readonly plan: Plan;
  /** Most images of a batch over all processes that train together: its gradients are sums over all of them. */
  readonly whole?: number;
  /** Whether other processes train beside this one, whose sums of gradients are waited for behind the way back. */
  readonly shared?: boolean;
  /** Scalars that have a gradient. */
  readonly scalars: number;
  /** Keys random bits, together with the step. */
  readonly seed: number;
}

/** Tensors of training. */
export class TrainingRoom extends Room<Tensor> {
  /** The calls of a training step start with it. */
  readonly quantizers: Quantizers;
  /** A sum and its exponent for each scalar's gradient. */
  readonly gradients: Tensor;
  readonly #roles: ReadonlyMap<ErrorRole, Sequence>;
  readonly #whole: number;
  readonly #shared: boolean;
  #updates: (() => void)[] = [];

  constructor(options: TrainingRoomOptions) {
    super(options);
    const { plan, seed, scalars, whole, shared = false } = options;
    this.#shared = shared;
    this.#whole = whole ?? options.batch;
    this.quantizers = new Quantizers(this.library, seed, this.recipe.exponents);
    this.#roles = this.#errorRoles(plan);
    this.gradients = this.own("int64", 2 * scalars);
  }

  /** In the order in which sequences are numbered: they come before those of activations. */
  #errorRoles(plan: Plan): Map<ErrorRole, Sequence> {
    const { errorBits: bits, errorRounding: rounding } = this.recipe;
    // At most one quantization a convolution, and at the end of a block or of a pool one more.
    const times = convolutions(plan).length + plan.layers.length;
    const projects = plan.layers.some((layer) => layer.kind === "block" && layer.block.shortcut.kind === "projection");
    const roles: ErrorRole[] = ["even", "branch", "inner", "odd", ...projects ? ["projected" as const] : []];
    return new Map(roles.map((role) => [role, this.quantizers.sequence({ bits, rounding, times })]));
  }

  activation(elements: number): Tensor {
    const { activationBits: bits, activationRounding: rounding } = this.recipe;
    const created = this.tensor("int8", elements);
    this.quantizers.add(created, this.quantizers.sequence({ bits, rounding, times: 1 }));
    return created;
  }

  mask(elements: number): Tensor {
    return this.tensor("bits", elements);
  }

  quantizer(y: Tensor): Quantizer {
    return this.quantizers.next(y);
  }

  /** An int8 error by its name; those inside of residual branches have flags where the recipe has them. */
  error(name: string, role: ErrorRole, elements: number): Tensor {
    const sequence = found(this.#roles.get(role), `an error that is ${role}`);
    return this.named(name, () => this.#error(elements, sequence, role === "branch" || role === "inner"));
  }

  /** The int8 errors of the logits by the recipe. */
  logitErrors(classes: number): Tensor {
    const how = { bits: LOGIT_BITS, rounding: this.recipe.logitErrorRounding, times: 0 };
    return this.#error(classes, this.quantizers.sequence(how), true);
  }

  #error(elements: number, sequence: Sequence, flagged: boolean): Tensor {
    const created = this.tensor("int8", elements);
    const fine = flagged && this.recipe.errorQuantizer === "flag" ? this.tensor("int8", elements) : undefined;
    this.quantizers.add(created, sequence, fine);
    return created;
  }

  /** What the convolution that passes an error dy back to `elements` an image is called with beside it. */
  flags(layer: string, dy: Tensor, elements: number): FlagWords {
    const fine = this.quantizers.fineOf(dy);
    return { fine, fine_sums: fine && this.sums(`${layer} fine sums`, elements) };
  }

  /** A convolution's weight gradients: int32, or int64 where a batch could overflow that or errors are flagged. */
  weightGradients(conv: ConvPlan): Tensor {
    const wide = this.recipe.errorQuantizer === "flag" || needsWideGradients(conv, this.#whole);
    return this.named(`${conv.name} dw`, () => this.fixed(wide ? "int64" : "int32", convElements(conv).weights));
  }

  /** Makes the calls that use a gradient: now, where memory is soonest free for the next; of a shared batch with {@linkcode updateAll}. */
  update(calls: () => void): void {
    if (this.#shared) this.#updates.push(calls);
    else calls();
  }

  /** Makes those calls that are left, in their order. */
  updateAll(): void {
    for (const calls of this.#updates.splice(0)) calls();
  }
}
