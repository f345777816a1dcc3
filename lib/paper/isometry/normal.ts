/**
 * The standard normal distribution.
 *
 * @module
 */

/** Coefficients of erfc(z) * exp(z^2) in t = 1 / (1 + P z): Abramowitz & Stegun 7.1.26, absolute error below 1.5e-7. */
const P = 0.3275911;
const COEFFICIENTS = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];

/** Density at x. */
export function normalDensity(x: number): number {
  return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
}

/** Probability of values up to x. */
export function normalCumulative(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + P * z);
  const polynomial = COEFFICIENTS.reduceRight((sum, coefficient) => (sum + coefficient) * t, 0);
  const tail = polynomial * Math.exp(-z * z) / 2;
  return x > 0 ? 1 - tail : tail;
}
