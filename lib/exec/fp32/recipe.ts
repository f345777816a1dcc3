/**
 * The training recipe of the fp32 baselines: SGD with momentum and weight decay
 * (He et al., arXiv 1512.03385, section 4.2), the learning rate scaled with a
 * power of the batch: its square root (Hoffer et al., arXiv 1705.08741) but
 * where another was measured to be better.
 *
 * @module
 */

import type { SlotValues } from "../../native/program.ts";
import { Slot } from "../../native/words.ts";
import { FULL_RATE } from "../network.ts";
import type { InputEncoding } from "../recipe.ts";

/** Hyperparameters of one update; from step to step the rate alone changes. */
export interface Update {
  readonly learningRate: number;
  readonly momentum: number;
  /** Whether that is Nesterov's. */
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Whether each output channel's mean is taken off the gradient of weights (Yong et al., arXiv 2004.01461). */
  readonly centred: boolean;
}

/** How a parameter learns. */
export interface Learning {
  /** Whether weight decay and centring of the gradient apply. */
  readonly isWeights: boolean;
  /** Its learning rate, another one in each step. */
  readonly rate: Slot;
}

const RATE = new Slot("rate"), SCALAR_RATE = new Slot("scalarRate");
/** Share of the learning rate that Fixup's scalars have (its reference implementation on CIFAR-10). */
const SCALAR_SHARE = 0.1;

export const WEIGHTS: Learning = { isWeights: true, rate: RATE };
/** BN parameters and biases. */
export const OFFSETS: Learning = { isWeights: false, rate: RATE };
/** Of Fixup, with its own rule for them. */
export const SCALARS: Learning = { isWeights: false, rate: SCALAR_RATE };

/** Values of the slots of the rates. */
export function rateSlots({ learningRate }: Update): SlotValues {
  return { rate: learningRate, scalarRate: SCALAR_SHARE * learningRate };
}

/*
 * Of bn-fp32 on digits: tuned on MNIST with ResNet-8, on 10,000 training images held out
 * from one epoch of the other 50,000, its gradients not yet centred. At batch 64, 98.4 %
 * with a rate of 0.05 falling tenfold and a weight decay of 1e-4 became 98.9 % with these;
 * 0.4 gave 98.8 %. The linear rule suits batches near 64 alone: its rates are too small at
 * batch 8 (10,000 images: 96.6 % with 0.025, 97.2 % with 0.1) and collapse at 512 (1.6).
 *
 * On centred photographs: ResNet-20 on CIFAR-10, cosine, seed 1, accuracy on the fifth
 * training file, held out from the other 40,000 images; gradients centred. Rates are those
 * of the batch; * is nearest to what the rule makes of it.
 *
 *     batch   bn-fp32                               fixup-fp32 from its published start
 *     128     0.1 * 57.4, 0.2 56.7                  0.05 29.0, 0.1 * 33.4, 0.2 38.2
 *     32      0.05 * 46.6, 0.1 47.7, 0.2 42.3       0.05 * 34.6, 0.0707 36.4, 0.1 37.6, 0.2 diverges
 *     8       0.025 * 48.8, 0.05 47.5, 0.1 45.8     0.025 * 38.9, 0.05 and 0.1 diverge
 *     1       0.0025 14.7, 0.01 * 25.4, 0.04 19.2   0.0025 38.9, 0.0053 40.8, 0.01 * 41.1, 0.02 37.9
 *
 * Images: 12,500, the accuracy that of 5,000 images; at batch 128 all 40,000 with bn-fp32
 * and 25,000 with fixup-fp32, which after twice 40,000 has 55.2 % with 0.1 and 59.8 % with
 * 0.2. At batch 1 bn-fp32 fits its training images (31.5 %), but running statistics are not
 * those of an image; a slower mean of them (momentum 0.01) changes nothing (25.2 %). From
 * the start that it shares with eoq, centred weights and larger branches, fixup-fp32 has
 * 65.9 % of the test images after 2 epochs at batch 128 with 0.1; other rates were not tried.
 */
const RATE_AT_64 = {
  "bn-fp32": { half: 0.2, centered: 0.0707 },
  "fixup-fp32": { half: 0.0707, centered: 0.0707 },
} as const;
const WEIGHT_DECAY = 5e-4;

/**
 * Whether a method centres the gradients of its weights. On those held-out images at batch
 * 128: bn-fp32 53.5 % without, 57.4 % with; fixup-fp32 32.5 and 33.4 %.
 */
const CENTRED_GRADIENTS = { "bn-fp32": true, "fixup-fp32": true } as const;

/** A method in fp32. */
export type Fp32Method = keyof typeof RATE_AT_64;

/** What of an update a run can choose; the method's own where absent, and heavy ball's momentum. */
export type Chosen = { readonly [K in "weightDecay" | "centred" | "nesterov"]?: Update[K] | undefined };

/**
 * The update at a batch size.
 *
 * @param rate See {@linkcode Position.rate}.
 */
export function updateAt(
  method: Fp32Method,
  batch: number,
  rate: number,
  input: InputEncoding,
  { weightDecay = WEIGHT_DECAY, centred = CENTRED_GRADIENTS[method], nesterov = false }: Chosen = {},
): Update {
  const learningRate = RATE_AT_64[method][input] * Math.sqrt(batch / 64) * (rate / FULL_RATE);
  return { learningRate, momentum: 0.9, nesterov, weightDecay, centred };
}
