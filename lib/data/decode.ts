/**
 * Image files as pixels of one size.
 *
 * @module
 */

import { messageOf, RunError, UserError } from "../errors.ts";
import type { ImageShape } from "../plan/plan.ts";
import { readNamed } from "./files.ts";

/** Name and version of the decoder: another one could give other pixels. */
export const DECODER = import.meta.resolve("sharp");

/** What files of the two kinds begin with. */
const SIGNATURES = [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], [0xff, 0xd8, 0xff]] as const;

/** Decodes an image file. */
export type Decode = (path: string) => Promise<Uint8Array>;

/**
 * Loads the decoder of images to pixels of a shape, NHWC, red, green and blue or
 * grey: turned as the camera says, scaled until the image just covers the shape,
 * the middle cut out, transparent parts on black.
 *
 * @throws {RunError} when the package cannot be loaded.
 */
export async function loadDecoder({ height, width, channels }: ImageShape): Promise<Decode> {
  const { default: sharp } = await import("sharp").catch((error) => {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new RunError(`cannot load the npm package sharp: ${messageOf(error).split("\n")[0]}`);
  });
  // Images are decoded side by side, so one thread each is enough.
  sharp.concurrency(1);
  sharp.cache(false);
  return async (path) => {
    const { name, bytes } = await readNamed(path);
    if (!SIGNATURES.some((signature) => signature.every((byte, i) => bytes[i] === byte))) {
      throw new UserError(`${name}: cannot be decoded: it is neither PNG nor JPEG, whatever its name says`);
    }
    try {
      return await sharp(bytes, { failOn: "error" })
        .autoOrient()
        .resize(width, height, { fit: "cover", position: "centre" })
        .flatten({ background: "black" })
        .toColourspace(channels === 1 ? "b-w" : "srgb")
        .raw({ depth: "uchar" })
        .toBuffer();
    } catch (error) {
      throw new UserError(`${name}: cannot be decoded: ${messageOf(error).trim().replaceAll(/\s*\n\s*/g, "; ")}`);
    }
  };
}
