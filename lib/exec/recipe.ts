/**
 * What of the EOQ recipe (arXiv 2105.13890) can be changed, with its defaults.
 *
 * @module
 */

/** Bits in which a weight can be stored. */
export const WEIGHT_BITS = [8, 16, 24] as const;

/** How a quantizer rounds: floor(x + 1/2), or floor(x + u) with u uniform in [0, 1). */
export const ROUNDINGS = ["nearest", "stochastic"] as const;

/** Name of a rounding. */
export type Rounding = typeof ROUNDINGS[number];

/** Bits in which the momentum of a weight can be kept. */
export const MOMENTUM_BITS = [16, 24] as const;

/** How gradients are quantized: SQ keeps their scale, CQ drops it (arXiv 1909.02384, section III). */
export const GRADIENT_QUANTIZERS = ["shift", "constant"] as const;

/** How errors are quantized: SQ, or SQ with a flag that picks 2^7 times finer steps below one step (arXiv 1909.02384, Flag-QE2). */
export const ERROR_QUANTIZERS = ["shift", "flag"] as const;

/** Which exponent a quantizer sets: that of the values, or that of the values of the training step before. */
export const EXPONENT_POLICIES = ["exact", "hindsight"] as const;

/** The widths and policies of a training step. Widths are 2 to 8 bits, sign included. */
export interface EoqRecipe {
  /** Bits in which weights are stored; a step computes with the top ones. 8 is the strict full-int8 mode. */
  readonly weightBits: typeof WEIGHT_BITS[number];
  /** W: bits of the weights that a step computes with. Fewer than 8 leave as many fewer stored. */
  readonly computeBits: number;
  /** A: bits of activations. */
  readonly activationBits: number;
  /** Rounding of activations in training; inference rounds to nearest. */
  readonly activationRounding: Rounding;
  /** E: bits of errors, but for those of the logits. */
  readonly errorBits: number;
  /** Rounding of errors, but for those of the logits. */
  readonly errorRounding: Rounding;
  /** Quantizer of the errors inside residual branches, at outputs of convolutions and scales, and of those of the logits. */
  readonly errorQuantizer: typeof ERROR_QUANTIZERS[number];
  /** Rounding of the errors of the logits, whose steps are 2^-7: those below 2^-8 vanish or, by chance, count. */
  readonly logitErrorRounding: Rounding;
  /** Exponents of A and E in training, those of A in inference being exact. A step clips what its exponent has no room for. */
  readonly exponents: typeof EXPONENT_POLICIES[number];
  /** G: bits of weight gradients. */
  readonly gradientBits: number;
  /** Rounding of weight gradients. */
  readonly gradientRounding: Rounding;
  /** Whether weight gradients keep their scale. */
  readonly gradientQuantizer: typeof GRADIENT_QUANTIZERS[number];
  /** Exponent of the constant quantizer's steps, for gradients summed over the batch: -32 to 8. */
  readonly gradientConstant: number;
  /** U: bits of an update; those below 8 come off the top of its range. Nothing of 24-bit weights is rounded. */
  readonly updateBits: number;
  /** Rounding of an update. */
  readonly updateRounding: Rounding;
  /** Whether weight gradients have each output channel's mean taken off (Yong et al., arXiv 2004.01461). */
  readonly centredGradients: boolean;
  /** Momentum is 1 - 2^-n: 0 to 8. */
  readonly momentumShift: number;
  /** Bits of the momentum of weights from one step to the next; 16 are rounded stochastically. */
  readonly momentumBits: 16 | 24;
  /** Whether the momentum of weights of 8 stored bits keeps what the rounding of an update did not deliver. */
  readonly errorFeedback: boolean;
  /** L2 penalty of weights 2^-n for the mean gradient, 0 for none: 0 to 24. */
  readonly weightDecayShift: number;
  /** Learning rate of biases and scales beside that of weights, in steps of 2^-11: 1 to 65535. */
  readonly scalarRate: number;
  /** Fixup: whether branches start L^(-1/(2m-2)) times as large for L blocks of m convolutions. */
  readonly fixupScaling: boolean;
  /**
   * Fixup: how many times as large the first convolutions of a branch start, in steps of 1/16 and up to He's: 1 to
   * 65535, or 0 for 3 times up to 27 blocks and once beyond.
   */
  readonly branchGain: number;
  /** Standard deviation of the classifier's initial weights, in 1/16 of 1/sqrt(inputs): 0 to 64; Fixup has 0. */
  readonly classifierGain: number;
  /** Whether each output channel's initial weights have a mean of zero. */
  readonly centredWeights: boolean;
  /** Fixup: whether the last convolution of a branch starts at zero. */
  readonly fixupZeros: boolean;
  /** Fixup: whether biases are trained; the classifier's always are. */
  readonly fixupBiases: boolean;
  /** Fixup: whether the scales of branches are trained. */
  readonly fixupScales: boolean;
}

/** The recipe as published: strictly int8, momentum 7/8, scalars at a tenth of the rate. */
export const PAPER_RECIPE: EoqRecipe = {
  weightBits: 8,
  computeBits: 8,
  activationBits: 8,
  activationRounding: "nearest",
  errorBits: 8,
  errorRounding: "nearest",
  errorQuantizer: "shift",
  logitErrorRounding: "nearest",
  exponents: "exact",
  gradientBits: 8,
  gradientRounding: "stochastic",
  gradientQuantizer: "shift",
  gradientConstant: -7,
  centredGradients: false,
  updateBits: 8,
  updateRounding: "stochastic",
  momentumShift: 3,
  momentumBits: 24,
  errorFeedback: false,
  weightDecayShift: 0,
  scalarRate: 205,
  fixupScaling: true,
  branchGain: 16,
  classifierGain: 0,
  centredWeights: false,
  fixupZeros: true,
  fixupBiases: true,
  fixupScales: true,
};

/**
 * The recipe that learns best here: as published, with centred weights and
 * gradients, larger branches, a classifier that does not start at zero, and an
 * update that keeps what rounding leaves (docs/accuracy.md).
 */
export const EOQ_RECIPE: EoqRecipe = {
  ...PAPER_RECIPE,
  centredGradients: true,
  errorFeedback: true,
  branchGain: 0,
  classifierGain: 16,
  centredWeights: true,
};

/** Recipes by name. */
export const RECIPES = { default: EOQ_RECIPE, paper: PAPER_RECIPE } as const;

/**
 * How bytes of images become numbers, in every method: `half` is floor(byte / 2) in
 * steps of 1/64, whose black is the zero of the padding; `centered` is
 * byte - 128 in the same steps, twice as fine and of mean near zero.
 */
export const INPUT_ENCODINGS = ["half", "centered"] as const;

/** Name of an input encoding. */
export type InputEncoding = typeof INPUT_ENCODINGS[number];

/** What an encoding takes off a byte: the `offset` of the kernels. */
export function inputOffset(encoding: InputEncoding): number {
  return encoding === "half" ? 0 : 128;
}
