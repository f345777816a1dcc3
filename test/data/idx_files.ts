/** Writes idx files for the tests that read them. */

import { MNIST_FILES } from "../../lib/data/mnist.ts";

/** Bytes of an idx file: a big-endian magic number and sizes, then the body. */
export function idxBytes(magic: number, sizes: readonly number[], body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * sizes.length + body.byteLength);
  const view = new DataView(bytes.buffer);
  [magic, ...sizes].forEach((value, i) => view.setUint32(4 * i, value));
  bytes.set(body, 4 + 4 * sizes.length);
  return bytes;
}

export function idxImages(count: number, height: number, width: number): Uint8Array<ArrayBuffer> {
  const body = Uint8Array.from({ length: count * height * width }, (_, i) => (i * 31 + (i >> 5)) & 255);
  return idxBytes(0x803, [count, height, width], body);
}

export function idxLabels(count: number): Uint8Array<ArrayBuffer> {
  return idxBytes(0x801, [count], Uint8Array.from({ length: count }, (_, i) => i % 10));
}

/** Fills a folder with the four files of a dataset of 8x8 images, or of another size. */
export async function writeIdxFolder(folder: string, train: number, test: number, size = 8): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeFile(`${folder}/${MNIST_FILES.trainImages}`, idxImages(train, size, size));
  await Deno.writeFile(`${folder}/${MNIST_FILES.trainLabels}`, idxLabels(train));
  await Deno.writeFile(`${folder}/${MNIST_FILES.testImages}`, idxImages(test, size, size));
  await Deno.writeFile(`${folder}/${MNIST_FILES.testLabels}`, idxLabels(test));
}
