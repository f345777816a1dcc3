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

/**
 * The power of a matrix of integers of less than 2^53. Sums are those of
 * doubles: exact as long as they pass no 2^53, and else to one part in 10^10.
 *
 * @param rows each as many values in a row: output channels of weights, pixels of an image
 */
export function powerByRow(values: ArrayLike<number>, rows: number): Power {
  const columns = values.length / rows;
  let squares = 0, means = 0;
  for (let row = 0, at = 0; row < rows; row++) {
    let sum = 0;
    for (const end = at + columns; at < end; at++) {
      const value = values[at]!;
      sum += value;
      squares += value * value;
    }
    means += sum * sum / columns;
  }
  return { squares, means };
}

/** The share of a matrix's norm that the means of its rows hold, 0 to 1; null of zeros. */
export function meanShare({ squares, means }: Power): number | null {
  return squares === 0 ? null : Math.sqrt(Math.min(1, means / squares));
}

/** Share of the channels, the last direction of the values, that have one value wherever they are. */
export function constantChannels(values: Int8Array, channels: number): number {
  const varied = new Uint8Array(channels);
  let constant = channels;
  for (let at = channels; at < values.length && constant > 0; at += channels) {
    for (let channel = 0; channel < channels; channel++) {
      if (varied[channel] === 0 && values[at + channel] !== values[channel]) {
        varied[channel] = 1;
        constant--;
      }
    }
  }
  return constant / channels;
}
