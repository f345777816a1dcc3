/**
 * What a traced step's integers say by channel: how much of a tensor its means
 * hold, and which channels say nothing.
 *
 * Kernels have no part in this: it reads copies of what a step has computed,
 * and nothing goes back into the step.
 *
 * @module
 */

/** Squares of a matrix, summed. */
export interface Power {
  /** Of all its elements. */
  readonly squares: number;
  /** Of the same matrix with every element in the mean of its row: at most `squares`. */
  readonly means: number;
}

/** What the power of a matrix comes from: sums that add up over the parts of a matrix, of whole numbers. */
export interface RowSums extends Readonly<Record<string, number>> {
  /** Of all elements, the squares. */
  readonly squares: number;
  /** Of all rows, the squares of their sums. */
  readonly rowSquares: number;
}

/**
 * The squares of a matrix of integers and of its rows, summed. Sums are those of doubles: exact as long as they pass no
 * 2^53, and else to one part in 10^10.
 *
 * @param rows each as many values in a row: output channels of weights, pixels of an image
 */
export function sumsByRow(values: ArrayLike<number>, rows: number): RowSums {
  const columns = values.length / rows;
  let squares = 0, rowSquares = 0;
  for (let row = 0, at = 0; row < rows; row++) {
    let sum = 0;
    for (const end = at + columns; at < end; at++) {
      const value = values[at]!;
      sum += value;
      squares += value * value;
    }
    rowSquares += sum * sum;
  }
  return { squares, rowSquares };
}

/** The power of a matrix of integers of less than 2^53, by {@linkcode sumsByRow}. */
export function powerByRow(values: ArrayLike<number>, rows: number): Power {
  const { squares, rowSquares } = sumsByRow(values, rows);
  return { squares, means: rowSquares / (values.length / rows) };
}

/** The share of a matrix's norm that the means of its rows hold, 0 to 1; null of zeros. */
export function meanShare({ squares, means }: Power): number | null {
  return squares === 0 ? null : Math.sqrt(Math.min(1, means / squares));
}

/** In the place of a channel's value where it has several, and where no value is looked at. */
const VARIED = 128, NONE = 129;

/** Of each channel, the last direction of the values, the one value that it has wherever it is, or that it has several. */
export function channelValues(values: Int8Array, channels: number): Int16Array<ArrayBuffer> {
  const found = new Int16Array(channels).fill(NONE);
  found.set(values.subarray(0, channels));
  let constant = channels;
  for (let at = channels; at < values.length && constant > 0; at += channels) {
    for (let channel = 0; channel < channels; channel++) {
      if (found[channel] !== VARIED && values[at + channel] !== found[channel]) {
        found[channel] = VARIED;
        constant--;
      }
    }
  }
  return found;
}

/** Share of the channels that have one value in all parts of a tensor, by their {@linkcode channelValues}. */
export function constantChannels(parts: readonly Int16Array[]): number {
  const [{ length: channels }] = parts as [Int16Array];
  let constant = 0;
  for (let channel = 0; channel < channels; channel++) {
    const seen = new Set(parts.map((part) => part[channel]).filter((value) => value !== NONE));
    if (seen.size === 1 && !seen.has(VARIED)) constant++;
  }
  return constant / channels;
}
