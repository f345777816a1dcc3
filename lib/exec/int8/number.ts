/**
 * Numbers of the int8 number system that C and TypeScript both have to know. A
 * test holds them to the kernels.
 *
 * @module
 */

/** Products that a sum of a convolution can hold (EOQ_MAX_REDUCTION). */
export const MAX_REDUCTION = 65536;

/** Sums of this many products of int8 always fit int32 (EOQ_MAX_INT32_PRODUCTS). */
export const MAX_INT32_PRODUCTS = 133144;

/** Exponent of the steps of Fixup's biases (EOQ_BIAS_EXPONENT). */
export const BIAS_EXPONENT = -14;

/** Exponent of the steps of Fixup's multipliers (EOQ_SCALE_EXPONENT). */
export const SCALE_EXPONENT = -13;

/** Exponent of the steps of gamma and beta (EOQ_NORM_PARAMETER_EXPONENT). */
export const NORM_EXPONENT = -6;

/** Exponent of the reciprocal that makes a pool's sum a mean (RECIPROCAL_EXPONENT). */
export const RECIPROCAL_EXPONENT = -22;

/** Stands for an exponent that no step has measured (UNMEASURED). */
export const UNMEASURED = -(2 ** 31);
