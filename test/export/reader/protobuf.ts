/** Messages of Protocol Buffers, read back without what writes them. */

/** A number, a float, or what has a length. */
export type Value = number | Uint8Array;

/** The fields of a message by their numbers; repeated ones in their order. */
export class Fields {
  readonly #fields = new Map<number, Value[]>();

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const varint = () => {
      for (let value = 0, factor = 1;; factor *= 128) {
        const byte = bytes[at++];
        if (byte === undefined) throw new Error("a number ends with the message");
        value += (byte & 127) * factor;
        if (byte < 128) return value;
      }
    };
    while (at < bytes.length) {
      const key = varint(), number = Math.floor(key / 8), wire = key % 8;
      const values = this.#fields.get(number) ?? [];
      this.#fields.set(number, values);
      if (wire === 0) values.push(varint());
      else if (wire === 2) {
        const length = varint();
        if (at + length > bytes.length) throw new Error(`field ${number} ends behind its message`);
        values.push(bytes.subarray(at, at += length));
      } else if (wire === 5) values.push(view.getFloat32((at += 4) - 4, true));
      else throw new Error(`field ${number} has wire type ${wire}`);
    }
  }

  /** Numbers of the fields that are there. */
  get numbers(): number[] {
    return [...this.#fields.keys()].sort((a, b) => a - b);
  }

  values(number: number): Value[] {
    return this.#fields.get(number) ?? [];
  }

  ints(number: number): number[] {
    return this.values(number).map(Number);
  }

  int(number: number): number | undefined {
    return this.ints(number)[0];
  }

  bytes(number: number): Uint8Array {
    return this.values(number)[0] as Uint8Array ?? new Uint8Array();
  }

  texts(number: number): string[] {
    return this.values(number).map((value) => new TextDecoder().decode(value as Uint8Array));
  }

  text(number: number): string {
    return this.texts(number)[0] ?? "";
  }

  messages(number: number): Fields[] {
    return this.values(number).map((value) => new Fields(value as Uint8Array));
  }
}
