/**
 * The training recipe of the fp32 baselines: SGD with momentum and weight decay
 * (He et al., arXiv 1512.03385, section 4.2), the learning rate scaled with the
 * square root of the batch (Hoffer et al., arXiv 1705.08741).
 *
 * @module
 */

import { FULL_RATE } from "../network.ts";
import type { InputEncoding } from "../recipe.ts";

/** Hyperparameters of one update. */
export interface Update {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** Whether each output channel's mean is taken off the gradient of weights (Yong et al., arXiv 2004.01461). */
  readonly centred: boolean;
}

/** How a parameter learns. */
export interface Learning {
  /** Whether weight decay and centring of the gradient apply. */
  readonly isWeights: boolean;
  /** Share of the learning rate. */
  readonly rate: number;
}

export const WEIGHTS: Learning = { isWeights: true, rate: 1 };
/** BN parameters and biases. */
export const OFFSETS: Learning = { isWeights: false, rate: 1 };
/** Of Fixup, with its own rule for them (its reference implementation on CIFAR-10). */
export const SCALARS: Learning = { isWeights: false, rate: 0.1 };

/*
 * Of bn-fp32: tuned on MNIST with ResNet-8, on 10,000 training images held out from one
 * epoch of the other 50,000. At batch 64, 98.4 % with a rate of 0.05 falling
 * tenfold and a weight decay of 1e-4 became 98.9 % with these; 0.4 gave 98.8 %.
 * The linear rule suits batches near 64 alone: its rates are too small at
 * batch 8 (10,000 images: 96.6 % with 0.025, 97.2 % with 0.1) and collapse at
 * 512 (1.6). In its first epoch on centred CIFAR-10 at batch 128, ResNet-20 gets
 * 34.5 % of its images right with a rate of 0.2, and 24.4 % with 0.28.
 * Of fixup-fp32: 0.1 at batch 128 is the rate of Zhang et al. (arXiv 1901.09321).
 */
const RATE_AT_64 = {
  "bn-fp32": { half: 0.2, centered: 0.1414 },
  "fixup-fp32": { half: 0.0707, centered: 0.0707 },
} as const;
const WEIGHT_DECAY = 5e-4;

/** Whether a method centres the gradients of its weights. */
export const CENTRED_GRADIENTS = { "bn-fp32": false, "fixup-fp32": false } as const;

/** A method in fp32. */
export type Fp32Method = keyof typeof RATE_AT_64;

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
  weightDecay = WEIGHT_DECAY,
  centred: boolean = CENTRED_GRADIENTS[method],
): Update {
  const learningRate = RATE_AT_64[method][input] * Math.sqrt(batch / 64) * (rate / FULL_RATE);
  return { learningRate, momentum: 0.9, weightDecay, centred };
}
