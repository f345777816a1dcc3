/**
 * Ticks of logarithmic axes at round numbers, few enough to be read.
 *
 * @module
 */

/** Leading digits of ticks, from many to few. */
const DIGITS = [[1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], [1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];

/** The most ticks up to `most`, but at least one where a power of ten is within. */
export function logTicks([low, high]: readonly [low: number, high: number], most: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const within = (digits: readonly number[], step: number) => {
    const ticks: number[] = [];
    for (let power = first; power <= last; power += step) {
      ticks.push(...digits.map((digit) => Number(`${digit}e${power}`)).filter((tick) => tick >= low && tick <= high));
    }
    return ticks;
  };
  const found = DIGITS.map((digits) => within(digits, 1)).find((ticks) => ticks.length <= most);
  return found ?? within([1], Math.ceil((last - first + 1) / most));
}
