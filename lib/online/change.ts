/**
 * Streams whose images are turned or moved, from their first or a later one
 * on: data that a network has not met, made of data that it has.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import type { ImageShape } from "../plan/plan.ts";
import type { StreamChange } from "../train/online_state.ts";
import type { Stream } from "./stream.ts";

/** Where the pixel of a turned image comes from. */
function turned(
  { height, width }: ImageShape,
  rotate: StreamChange["rotate"],
  y: number,
  x: number,
): [y: number, x: number] {
  if (rotate === 90) return [height - 1 - x, y];
  if (rotate === 180) return [height - 1 - y, width - 1 - x];
  return rotate === 270 ? [x, width - 1 - y] : [y, x];
}

/**
 * An image turned, then moved.
 *
 * @param pixels NHWC bytes of one image.
 * @param padding The byte of what comes in at its edges.
 */
export function changedImage(
  pixels: Uint8Array,
  shape: ImageShape,
  { rotate, shift: [down, right] }: Pick<StreamChange, "rotate" | "shift">,
  padding: number,
): Uint8Array {
  const { height, width, channels } = shape;
  const changed = new Uint8Array(pixels.length).fill(padding);
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
    for (let x = Math.max(0, right); x < Math.min(width, width + right); x++) {
      const [fromY, fromX] = turned(shape, rotate, y - down, x - right);
      const from = (fromY * width + fromX) * channels;
      changed.set(pixels.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return changed;
}

/** The stream with its images changed. @throws {UserError} where they cannot be turned or moved so. */
export function changedStream(stream: Stream, shape: ImageShape, change: StreamChange, padding: number): Stream {
  const { rotate, shift: [down, right], from } = change, { height, width } = shape;
  if (rotate % 180 !== 0 && height !== width) {
    throw new UserError(`--rotate: images of ${height}x${width} pixels are turned by 180 degrees alone`);
  }
  if (Math.abs(down) >= height || Math.abs(right) >= width) {
    throw new UserError(`--shift: ${down},${right} leaves nothing of an image of ${height}x${width} pixels`);
  }
  async function* entries() {
    let index = 0;
    for await (const entry of stream.entries()) {
      if (index++ < from) {
        yield entry;
        continue;
      }
      yield {
        key: entry.key,
        read: async () => {
          const image = await entry.read();
          return "kind" in image ? image : { ...image, pixels: changedImage(image.pixels, shape, change, padding) };
        },
      };
    }
  }
  return { count: stream.count, entries };
}
