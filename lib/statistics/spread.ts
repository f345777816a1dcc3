/**
 * Statistics of independent measurements.
 *
 * @module
 */

/** A mean with what is known of its scatter. */
export interface Summary {
  readonly n: number;
  /** NaN of none. */
  readonly mean: number;
  /** Sample standard deviation (n - 1); null below two values. */
  readonly deviation: number | null;
}

/** Mean and standard deviation of values. */
export function summarise(values: readonly number[]): Summary {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, deviation: n < 2 ? null : Math.sqrt(squares / (n - 1)) };
}

/** Standard deviation of the mean itself; null where the scatter is unknown. */
export function standardError({ n, deviation }: Summary): number | null {
  return deviation === null ? null : deviation / Math.sqrt(n);
}
