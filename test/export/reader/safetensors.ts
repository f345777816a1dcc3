/** Files of safetensors, read back as the format's description says. */

/** A tensor in C order. */
export interface SafeTensor {
  readonly type: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const READERS: Readonly<Record<string, (buffer: ArrayBuffer) => Iterable<number>>> = {
  I8: (buffer) => new Int8Array(buffer),
  I16: (buffer) => new Int16Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
  F32: (buffer) => new Float32Array(buffer),
};

/** Tensors must lie one behind the other, fill the file, and start at a multiple of their elements' size. */
export function loadSafetensors(bytes: Uint8Array) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)), start = 8 + length;
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const { __metadata__: metadata, ...entries } = header as Record<string, Record<string, unknown>>;
  const tensors = new Map<string, SafeTensor>();
  let at = 0;
  for (
    const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(entries) as [string, {
      dtype: string;
      shape: number[];
      data_offsets: [number, number];
    }][]
  ) {
    if (begin !== at) throw new Error(`${name} begins at ${begin}, not at ${at}`);
    const values = [...READERS[dtype]!(bytes.slice(start + begin, start + end).buffer as ArrayBuffer)];
    if (values.length !== shape.reduce((product, size) => product * size, 1)) throw new Error(`${name}: ${shape}`);
    if (start % 8 !== 0 || begin % ((end - begin) / values.length) !== 0) throw new Error(`${name} is not aligned`);
    tensors.set(name, { type: dtype, shape, values });
    at = end;
  }
  if (start + at !== bytes.length) throw new Error(`${bytes.length - start - at} bytes are left`);
  return { metadata: metadata as Record<string, string>, tensors };
}
