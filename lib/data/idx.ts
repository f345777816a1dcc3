/**
 * The idx format of the MNIST files: a big-endian header, then bytes. Format:
 * Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten
 * digits". Every defect is an error that names the file: a dataset that is
 * silently short would make results that nobody can compare.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { type Split, splitInMemory } from "./dataset.ts";
import { type FileHead, type NamedBytes, readHead } from "./files.ts";
import { openPixelFile } from "./pixel_file.ts";
import type { FileSplit } from "./record_file.ts";

/** Two zero bytes, type 0x08 (unsigned byte), three dimensions. */
const IMAGES_MAGIC = 0x00000803;
const IMAGES_HEADER_BYTES = 4 + 4 * 3;
/** The same with one dimension. */
const LABELS_MAGIC = 0x00000801;

/** Images as idx stores them: `count` of `height` x `width` bytes. */
export interface IdxImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** Bytes of an idx file by its first 16, or those that there are; those alone where they are no header. */
export function idxLength(head: Uint8Array): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 4 || ![IMAGES_MAGIC, LABELS_MAGIC].includes(view.getUint32(0))) return head.length;
  const headerBytes = 4 + 4 * (view.getUint32(0) & 0xff);
  if (head.length < headerBytes) return headerBytes;
  let product = 1;
  for (let at = 4; at < headerBytes; at += 4) product *= view.getUint32(at);
  return headerBytes + product;
}

/** Sizes behind the magic number of a file of `length` bytes, and the bytes before its elements. */
function parseHeader(
  { name, bytes, length }: FileHead,
  magic: number,
  kind: string,
): { sizes: number[]; headerBytes: number } {
  if (length === 0) throw new UserError(`${name}: the file is empty`);
  if (length < 4) throw new UserError(`${name}: truncated: ${length} bytes hold no idx header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint32(0);
  if (found !== magic) {
    const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
    throw new UserError(`${name}: not an idx file of ${kind}: magic number ${hex(found)}, expected ${hex(magic)}`);
  }
  const dimensions = magic & 0xff;
  const headerBytes = 4 + 4 * dimensions;
  if (length < headerBytes) {
    throw new UserError(`${name}: truncated: ${length} bytes, the idx header alone has ${headerBytes}`);
  }
  const sizes = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  if (sizes.includes(0)) throw new UserError(`${name}: holds no ${kind}: its header says ${sizes.join("x")}`);
  const expected = headerBytes + sizes.reduce((product, size) => product * size, 1);
  if (length < expected) {
    throw new UserError(`${name}: truncated: ${length} bytes, ${sizes.join("x")} ${kind} need ${expected}`);
  }
  if (length > expected) {
    throw new UserError(`${name}: ${length - expected} bytes follow the ${sizes.join("x")} ${kind}`);
  }
  return { sizes, headerBytes };
}

function parse(file: NamedBytes, magic: number, kind: string): { sizes: number[]; body: Uint8Array<ArrayBuffer> } {
  const { sizes, headerBytes } = parseHeader({ ...file, length: file.bytes.byteLength }, magic, kind);
  return { sizes, body: file.bytes.subarray(headerBytes) };
}

/** Parses an idx file of images. @throws {UserError} naming the file and its defect. */
export function parseIdxImages(file: NamedBytes): IdxImages {
  const { sizes, body } = parse(file, IMAGES_MAGIC, "images");
  return { count: sizes[0]!, height: sizes[1]!, width: sizes[2]!, pixels: body };
}

/** Parses an idx file of labels below `classes`. @throws {UserError} naming the file and its defect. */
export function parseIdxLabels(file: NamedBytes, classes: number): Uint8Array<ArrayBuffer> {
  const { body } = parse(file, LABELS_MAGIC, "labels");
  const wrong = body.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new UserError(`${file.name}: label ${body[wrong]} of image ${wrong} is outside the ${classes} classes`);
  }
  return body;
}

/** The labels of so many images. @throws {UserError} naming the file and its defect, or both where they differ. */
function labelsOf(images: string, count: number, file: NamedBytes, classes: number): Int16Array<ArrayBuffer> {
  const labels = parseIdxLabels(file, classes);
  if (labels.byteLength !== count) {
    throw new UserError(`${images} has ${count} images but ${file.name} has ${labels.byteLength} labels`);
  }
  return new Int16Array(labels);
}

/**
 * Parses a file of images and the file of their labels.
 *
 * @throws {UserError} naming the file and its defect, or both when they differ in number.
 */
export function parseIdxSplit(imagesFile: NamedBytes, labelsFile: NamedBytes, classes: number): Split {
  const { count, height, width, pixels } = parseIdxImages(imagesFile);
  const labels = labelsOf(imagesFile.name, count, labelsFile, classes);
  return splitInMemory({ height, width, channels: 1 }, pixels, labels);
}

/** The same, with images that are read when they are asked for. */
export async function openIdxSplit(images: string, labelsFile: NamedBytes, classes: number): Promise<FileSplit> {
  const head = await readHead(images, IMAGES_HEADER_BYTES);
  const { sizes: [count, height, width], headerBytes } = parseHeader(head, IMAGES_MAGIC, "images");
  const labels = labelsOf(images, count!, labelsFile, classes);
  return openPixelFile(images, { height: height!, width: width!, channels: 1 }, labels, headerBytes);
}
