/**
 * What partial sums cost. A sum over the pixels of a batch runs in lanes and
 * chunks that vectors and threads can share (kernels/fp32/partition.h); they
 * follow from the shape alone, so the reference has them too. One accumulator
 * a channel would do without all this.
 *
 * @module
 */

import type { Each } from "../formula.ts";
import { floats } from "./kinds.ts";

/** Elements of a tile of narrow channels. */
export const TILE = 64;
/** Elements and tiles of a chunk, and tiles of a step of the loop. */
const CHUNK = 16384, CHUNK_TILES = 64, STEP = 4;

/** How the sums over so many pixels are cut. */
interface Partition {
  /** Additions of a step's sum to that of its lane. */
  readonly steps: number;
  /** Lanes of all chunks. */
  readonly lanes: number;
  /** Lanes beyond one for each channel. */
  readonly folds: number;
}

/** Lanes of a tile: whole pixels side by side, where one has few channels. */
export function lanesOf(channels: number): number {
  return channels < TILE ? Math.floor(TILE / channels) * channels : channels;
}

function partitionOf(pixels: number, channels: number): Partition {
  const width = lanesOf(channels);
  const chunk = Math.max(Math.floor(CHUNK / width), CHUNK_TILES) * width;
  const length = pixels * channels, chunks = Math.ceil(length / chunk);
  const stepsOf = (elements: number) => elements - Math.floor(elements / (STEP * width)) * (STEP - 1) * width;
  const steps = (chunks - 1) * stepsOf(chunk) + stepsOf(length - (chunks - 1) * chunk);
  return { steps, lanes: chunks * width, folds: width - channels };
}

/**
 * Overhead of plain sums.
 *
 * @param kept sums of a channel that are used, of so many that are `taken`
 */
export function sumOverhead(pixels: number, channels: number, kept: number, taken = kept): Each {
  const { steps, lanes, folds } = partitionOf(pixels, channels);
  return floats(1, { adds: taken * steps + kept * (lanes + folds) });
}

/** Overhead of a mean and a variance: a lane's are taken about its first element and moved to the whole's mean. */
export function momentsOverhead(pixels: number, channels: number): Each {
  const { steps, lanes, folds } = partitionOf(pixels, channels);
  return floats(1, { multiplies: 5 * lanes, adds: 2 * steps + 6 * lanes + 2 * folds });
}
