/** NumPy's .npz files, read back by the ZIP format's directory. */

import { crc32 } from "node:zlib";

/** An array: numbers in C order, or texts. */
export interface Loaded {
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

const READERS: Readonly<Record<string, (buffer: ArrayBuffer) => Iterable<number>>> = {
  "|i1": (buffer) => new Int8Array(buffer),
  "<i2": (buffer) => new Int16Array(buffer),
  "<i4": (buffer) => new Int32Array(buffer),
  "<f4": (buffer) => new Float32Array(buffer),
};

function loadNpy(bytes: Uint8Array): Loaded {
  const length = bytes[8]! + 256 * bytes[9]!, header = new TextDecoder().decode(bytes.subarray(10, 10 + length));
  const [, type, sizes] = /^\{'descr': '([^']+)', 'fortran_order': False, 'shape': \(([^)]*)\), \} *\n$/.exec(header)!;
  const shape = sizes!.split(",").map((each) => each.trim()).filter((each) => each !== "").map(Number);
  const { buffer } = bytes.slice(10 + length);
  const width = Number(/^<U(\d+)$/.exec(type!)?.[1]);
  if (!width) return { type: type!, shape, values: [...READERS[type!]!(buffer)] };
  const points = new Uint32Array(buffer);
  const values = Array.from(
    { length: points.length / width },
    (_, i) => String.fromCodePoint(...points.subarray(i * width, (i + 1) * width)).replace(/\0+$/, ""),
  );
  return { type: "text", shape, values };
}

/** The arrays of a file, each of which must be as its directory and its own header say. */
export function loadNpz(bytes: Uint8Array): ReadonlyMap<string, Loaded> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), end = bytes.length - 22;
  const same = (what: string, a: number, b: number) => {
    if (a !== b) throw new Error(`${what}: ${a} is not ${b}`);
  };
  same("end", view.getUint32(end, true), 0x06054b50);
  const arrays = new Map<string, Loaded>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    same("directory", view.getUint32(at, true), 0x02014b50);
    const size = view.getUint32(at + 20, true), length = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true), data = local + 30 + length;
    same("local header", view.getUint32(local, true), 0x04034b50);
    for (let i = 0; i < 26; i += 2) {
      same("both headers", view.getUint16(at + 6 + i, true), view.getUint16(local + 4 + i, true));
    }
    same("stored", view.getUint16(at + 10, true), 0);
    same("size", view.getUint32(at + 24, true), size);
    const file = bytes.subarray(data, data + size);
    same("checksum", crc32(file), view.getUint32(at + 16, true));
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + length));
    arrays.set(name.replace(/\.npy$/, ""), loadNpy(file));
    at += 46 + length;
  }
  same("end of the directory", at, end);
  return arrays;
}
