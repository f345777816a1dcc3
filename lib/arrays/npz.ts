/**
 * Arrays by name in one file, as NumPy's .npz: a ZIP archive (PKWARE APPNOTE
 * 4.5) of .npy files, which are stored as they are.
 *
 * @module
 */

import { crc32 } from "node:zlib";

/** A file of the archive: the name that `numpy.load` has for it, and the .npy file's bytes. */
export type NamedArray = readonly [name: string, npy: Uint8Array<ArrayBuffer>];

const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
const LOCAL_BYTES = 30, CENTRAL_BYTES = 46, END_BYTES = 22;
/** The version that stored files need, names in UTF-8, and the first day that ZIP knows: the bytes depend on no clock. */
const VERSION = 20, UTF8 = 1 << 11, FIRST_DAY = 1 << 5 | 1;

/** What both headers of a file have, in their order. */
function common(view: DataView, at: number, name: Uint8Array, bytes: Uint8Array): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, UTF8, true);
  view.setUint16(at + 8, FIRST_DAY, true);
  view.setUint32(at + 10, crc32(bytes), true);
  view.setUint32(at + 14, bytes.length, true);
  view.setUint32(at + 18, bytes.length, true);
  view.setUint16(at + 22, name.length, true);
}

/** The archive of at most 65,535 arrays and 4 GiB. @throws {RangeError} where it is more. */
export function npzBytes(arrays: readonly NamedArray[]): Uint8Array<ArrayBuffer> {
  const files = arrays.map(([name, bytes]) => ({ name: new TextEncoder().encode(`${name}.npy`), bytes }));
  const sizeOf = (header: number) => (sum: number, { name }: typeof files[number]) => sum + header + name.length;
  const contents = files.reduce((sum, { bytes }) => sum + bytes.length, files.reduce(sizeOf(LOCAL_BYTES), 0));
  const directory = files.reduce(sizeOf(CENTRAL_BYTES), 0);
  const length = contents + directory + END_BYTES;
  if (files.length >= 2 ** 16 || length >= 2 ** 32) throw new RangeError("more than a ZIP archive of 32 bits holds");
  const archive = new Uint8Array(length), view = new DataView(archive.buffer);
  let at = 0, entry = contents;
  for (const { name, bytes } of files) {
    view.setUint32(entry, CENTRAL, true);
    view.setUint16(entry + 4, VERSION, true);
    common(view, entry + 6, name, bytes);
    view.setUint32(entry + 42, at, true);
    archive.set(name, entry + CENTRAL_BYTES);
    entry += CENTRAL_BYTES + name.length;
    view.setUint32(at, LOCAL, true);
    common(view, at + 4, name, bytes);
    archive.set(name, at + LOCAL_BYTES);
    archive.set(bytes, at + LOCAL_BYTES + name.length);
    at += LOCAL_BYTES + name.length + bytes.length;
  }
  view.setUint32(entry, END, true);
  view.setUint16(entry + 8, files.length, true);
  view.setUint16(entry + 10, files.length, true);
  view.setUint32(entry + 12, directory, true);
  view.setUint32(entry + 16, contents, true);
  return archive;
}
