/** Writes image files for the tests that read them. */

import sharp from "sharp";

export type Colour = readonly [red: number, green: number, blue: number];

/** A PNG of one colour. */
export async function plainPng(width: number, height: number, [r, g, b]: Colour): Promise<Uint8Array> {
  return await sharp({ create: { width, height, channels: 3, background: { r, g, b } } }).png().toBuffer();
}

/** The colour of the i-th image of a class. */
export const colourOf = (label: number, i: number): Colour => [40 * label + 5, 10 * i + 3, 200];

/** Fills a folder with `train` and `test` images of each class, of different sizes. */
export async function writeImageFolder(
  folder: string,
  classes: readonly string[],
  { train = 3, test = 2, testName = "test" } = {},
): Promise<void> {
  for (const [split, count] of [["train", train], [testName, test]] as const) {
    for (const [label, name] of classes.entries()) {
      await Deno.mkdir(`${folder}/${split}/${name}`, { recursive: true });
      for (let i = 0; i < count; i++) {
        await Deno.writeFile(`${folder}/${split}/${name}/${i}.png`, await plainPng(9 + i, 12, colourOf(label, i)));
      }
    }
  }
}
