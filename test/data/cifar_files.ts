/** Writes CIFAR files for the tests that read them. */

import type { CifarLayout } from "../../lib/data/cifar.ts";

/** Records whose bytes differ from image to image and from file to file, with every label in turn. */
export function cifarRecords({ labelBytes, classes }: CifarLayout, count: number, seed = 0): Uint8Array<ArrayBuffer> {
  const record = labelBytes + 3072;
  const bytes = Uint8Array.from({ length: count * record }, (_, i) => (seed + i * 31 + (i >> 7)) & 255);
  for (let i = 0; i < count; i++) bytes[i * record + labelBytes - 1] = (seed + i) % classes;
  return bytes;
}

/** Fills a folder with the files of a dataset: `train` and `test` images in each. */
export async function writeCifarFolder(
  layout: CifarLayout,
  folder: string,
  train: number,
  test: number,
): Promise<void> {
  const write = async (files: readonly string[], count: number) => {
    for (const [i, file] of files.entries()) await Deno.writeFile(`${folder}/${file}`, cifarRecords(layout, count, i));
  };
  await Deno.mkdir(folder, { recursive: true });
  await write(layout.train, train);
  await write(layout.test, test);
}
