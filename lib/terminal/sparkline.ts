/**
 * Numbers as a line of small bars.
 *
 * @module
 */

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** Values of `width` equal parts of a list, each the mean of what falls into it; the list itself where it is short. */
export function condense(values: readonly number[], width: number): number[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, i) => {
    const part = values.slice(
      Math.floor(i * values.length / width),
      Math.floor((i + 1) * values.length / width),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/**
 * A bar for each value, the lowest for `low` and the highest for `high`; what
 * lies beyond is cut, and what is no number is a space.
 */
export function sparkline(values: readonly number[], low: number, high: number): string {
  return values.map((value) => {
    if (Number.isNaN(value)) return " ";
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return BARS[Math.min(BARS.length - 1, Math.max(0, Math.floor(share * BARS.length)))];
  }).join("");
}
