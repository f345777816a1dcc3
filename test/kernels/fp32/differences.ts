/**
 * Gradients by central differences in double precision.
 *
 * @module
 */

/**
 * Gradient of `loss` with respect to every element of `at`, (f(x + h) - f(x - h)) / 2h.
 * The error is about h^2 times the third derivative plus |f| 2^-53 / h; a linear
 * function has only the second, and may take a large h.
 */
export function centralDifferences(
  loss: (x: Float64Array) => number,
  at: Float64Array,
  h: number,
  elements = Array.from(at.keys()),
): Float64Array {
  const x = at.slice();
  return Float64Array.from(elements, (i) => {
    const value = x[i]!;
    x[i] = value + h;
    const above = loss(x);
    x[i] = value - h;
    const below = loss(x);
    x[i] = value;
    return (above - below) / (2 * h);
  });
}

/** Sum of a[i] * b[i]: with b held, a loss whose gradient with respect to a is b. */
export function dot(a: Float64Array, b: ArrayLike<number>): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
