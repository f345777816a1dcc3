import { assert, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import { loadDecoder } from "../../lib/data/decode.ts";
import { UserError } from "../../lib/errors.ts";
import { withFolder } from "../eoq.ts";

/** Raw pixels as an image. */
const image = (pixels: ArrayLike<number>, width: number, height: number, channels: 1 | 2 | 3 | 4) =>
  sharp(Uint8Array.from(pixels), { raw: { width, height, channels } });

async function decoded(folder: string, bytes: Uint8Array, size: number): Promise<number[]> {
  const file = `${folder}/image`;
  await Deno.writeFile(file, bytes);
  return [...await (await loadDecoder({ height: size, width: size, channels: 3 }))(file)];
}

Deno.test("decode: an image of the size asked comes back pixel by pixel", () =>
  withFolder(async (folder) => {
    const pixels = Array.from({ length: 4 * 4 * 3 }, (_, i) => i * 5);
    assertEquals(await decoded(folder, await image(pixels, 4, 4, 3).png().toBuffer(), 4), pixels);
  }));

Deno.test("decode: grey, transparent, 16-bit and CMYK images become three bytes a pixel", () =>
  withFolder(async (folder) => {
    const one = (pixel: number[]) => Array.from({ length: 4 }, () => pixel).flat();
    const grey = await image(one([77]), 2, 2, 1).toColourspace("b-w").png().toBuffer();
    assertEquals(await decoded(folder, grey, 2), one([77, 77, 77]));
    const greyAlpha = await image(one([100, 255]), 2, 2, 2).png().toBuffer();
    assertEquals(await decoded(folder, greyAlpha, 2), one([100, 100, 100]));
    const clear = await image(one([10, 20, 30, 0]), 2, 2, 4).png().toBuffer();
    assertEquals(await decoded(folder, clear, 2), one([0, 0, 0]));
    const deep = await image(one([10, 20, 30]), 2, 2, 3).toColourspace("rgb16").png().toBuffer();
    assertEquals((await sharp(deep).metadata()).depth, "ushort");
    assertEquals(await decoded(folder, deep, 2), one([10, 20, 30]));
    const cmyk = await image(one([200, 100, 50]), 2, 2, 3).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    assertEquals((await sharp(cmyk).metadata()).channels, 4);
    assertEquals((await decoded(folder, cmyk, 2)).length, 12);
  }));

Deno.test("decode: the middle of a longer side is kept, and the camera's turn is undone", () =>
  withFolder(async (folder) => {
    // Red, green, green, blue from left to right.
    const columns = [[255, 0, 0], [0, 255, 0], [0, 255, 0], [0, 0, 255]];
    const wide = image([...columns, ...columns].flat(), 4, 2, 3);
    assertEquals(await decoded(folder, await wide.clone().png().toBuffer(), 2), Array(4).fill([0, 255, 0]).flat());

    const quarters = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]];
    // EXIF 3: the camera was upside down.
    const turned = await image(quarters.flat(), 2, 2, 3).withMetadata({ orientation: 3 }).png().toBuffer();
    assertEquals(await decoded(folder, turned, 2), quarters.toReversed().flat());
  }));

Deno.test("decode: what is no whole image is an error of one line that names the file", () =>
  withFolder(async (folder) => {
    const noise = Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251);
    const png = await image(noise, 64, 64, 3).png().toBuffer(), jpeg = await image(noise, 64, 64, 3).jpeg().toBuffer();
    const broken = [new Uint8Array(), Uint8Array.of(1, 2, 3), png.subarray(0, 400), jpeg.subarray(0, 900)];
    for (const bytes of broken) {
      const { message } = await assertRejects(() => decoded(folder, bytes, 8), UserError, `${folder}/image: cannot be`);
      assert(!message.includes("\n"), message);
    }
  }));
