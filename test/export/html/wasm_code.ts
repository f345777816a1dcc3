/**
 * Reads a WebAssembly module far enough to say which instructions its functions
 * are made of (WebAssembly core specification 2.0, binary format; SIMD proposal).
 */

/** Reads bytes one after another. */
class Reader {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Error("the module ends too early");
    return byte;
  }

  /** A whole number in LEB128, without its sign. */
  number(): number {
    let value = 0, scale = 1;
    for (;; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** So many bytes as a reader of their own. */
  part(count: number): Reader {
    if (this.at + count > this.bytes.length) throw new Error("the module ends too early");
    this.at += count;
    return new Reader(this.bytes.subarray(this.at - count, this.at));
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }
}

/** Value types of floats. */
const F32 = 0x7d, F64 = 0x7c;

const within = (value: number, ...ranges: [from: number, to: number][]) =>
  ranges.some(([from, to]) => value >= from && value <= to);

/** Whether an instruction reads or writes a float; behind 0xfc and 0xfd the second number decides. */
function isFloat(code: number, second: number): boolean {
  if (code === 0xfc) return second <= 7;
  if (code === 0xfd) {
    return within(second, [0x13, 0x14], [0x1f, 0x22], [0x41, 0x4c], [0x5e, 0x5f], [0x67, 0x6a], [0x74, 0x75]) ||
      within(second, [0x7a, 0x7a], [0x94, 0x94], [0xe0, 0xff]);
  }
  return within(code, [0x2a, 0x2b], [0x38, 0x39], [0x43, 0x44], [0x5b, 0x66], [0x8b, 0xa6], [0xa8, 0xab]) ||
    within(code, [0xae, 0xbf]);
}

/** Passes over what follows the number of a vector's instruction. */
function skipVector(reader: Reader, second: number): void {
  if (second <= 0x0b || within(second, [0x54, 0x5d])) {
    reader.number();
    reader.number();
    if (within(second, [0x54, 0x5b])) reader.byte();
  } else if (second <= 0x0d) reader.part(16);
  else if (within(second, [0x15, 0x22])) reader.byte();
  else if (second > 0xff) throw new Error(`the relaxed instruction 0xfd ${second}`);
}

/** Passes over what follows the number of a plain instruction. @throws of one that is unknown */
function skipPlain(reader: Reader, code: number): void {
  if (within(code, [0x02, 0x04])) reader.number(); // the type of a block
  else if (within(code, [0x0c, 0x0d], [0x10, 0x10], [0x20, 0x26], [0x3f, 0x42], [0xd0, 0xd0], [0xd2, 0xd2])) {
    reader.number();
  } else if (code === 0x0e) { for (let n = reader.number(); n >= 0; n--) reader.number(); }
  else if (code === 0x11 || within(code, [0x28, 0x3e])) {
    reader.number();
    reader.number();
  } else if (code === 0x43) reader.part(4);
  else if (code === 0x44) reader.part(8);
  else if (code === 0x1c) reader.part(reader.number());
  else if (!within(code, [0x00, 0x01], [0x05, 0x05], [0x0b, 0x0b], [0x0f, 0x0f], [0x1a, 0x1b], [0x45, 0xc4])) {
    throw new Error(`the unknown instruction ${code}`);
  }
}

/** What follows 0xfc. */
function skipBulk(reader: Reader, second: number): void {
  const operands = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1][second];
  if (operands === undefined) throw new Error(`the unknown instruction 0xfc ${second}`);
  for (let i = 0; i < operands; i++) reader.number();
}

/** What the code of a module is made of. */
export interface WasmCode {
  readonly functions: number;
  readonly instructions: number;
  /** Those of vectors. */
  readonly vectors: number;
  /** Instructions and variables that are floats. */
  readonly floats: string[];
}

/** Reads all functions. @throws of an instruction that is unknown or relaxed. */
export function wasmCode(bytes: Uint8Array): WasmCode {
  const module = new Reader(bytes), floats: string[] = [];
  module.part(8);
  let functions = 0, instructions = 0, vectors = 0;
  while (!module.done) {
    const kind = module.byte(), section = module.part(module.number());
    if (kind === 1) { for (const byte of section.bytes) if (byte === F32 || byte === F64) floats.push("a type"); }
    if (kind !== 10) continue;
    for (let left = section.number(); left > 0; left--) {
      const body = section.part(section.number());
      functions++;
      for (let groups = body.number(); groups > 0; groups--) {
        body.number();
        const type = body.byte();
        if (type === F32 || type === F64) floats.push("a variable");
      }
      while (!body.done) {
        const code = body.byte(), second = code >= 0xfc ? body.number() : 0;
        instructions++;
        if (code === 0xfd) vectors++;
        if (isFloat(code, second)) floats.push(`0x${code.toString(16)} ${second}`);
        if (code === 0xfd) skipVector(body, second);
        else if (code === 0xfc) skipBulk(body, second);
        else skipPlain(body, code);
      }
    }
  }
  return { functions, instructions, vectors, floats };
}
