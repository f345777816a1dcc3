import { assertEquals } from "@std/assert";
import { npyBytes } from "../../lib/arrays/npy.ts";
import { withFolder } from "../eoq.ts";
import { readTensor } from "../golden/reader/dump.ts";

Deno.test("npy: a file of one byte is what NumPy writes", () => {
  const bytes = npyBytes("int8", [1], Uint8Array.of(0xfe));
  const header = "{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }";
  assertEquals([...bytes.subarray(0, 10)], [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  assertEquals(new TextDecoder().decode(bytes.subarray(10, 128)), header.padEnd(117) + "\n");
  assertEquals([...bytes.subarray(128)], [0xfe]);
});

Deno.test("npy: elements start at a multiple of 64, also where the shape is long", () => {
  for (let sizes = 1; sizes < 30; sizes++) {
    const bytes = npyBytes("uint8", new Array(sizes).fill(1), Uint8Array.of(7));
    const length = bytes[8]! + 256 * bytes[9]!;
    assertEquals([(10 + length) % 64, bytes.length, bytes[9 + length]], [0, 11 + length, 0x0a], `${sizes} sizes`);
  }
});

Deno.test("npy: the least and the largest element of each type come back", () =>
  withFolder(async (folder) => {
    const extremes = {
      int8: Int8Array.of(-128, 127),
      uint8: Uint8Array.of(0, 255),
      int16: Int16Array.of(-(2 ** 15), 2 ** 15 - 1),
      int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
      int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
    } as const;
    for (const [type, values] of Object.entries(extremes)) {
      const bytes = npyBytes(type as keyof typeof extremes, [2, 1], new Uint8Array(values.buffer));
      await Deno.writeFile(`${folder}/x.npy`, bytes);
      const read = readTensor(folder, { kind: "in", tensor: 0, type, shape: [2] }, { file: "x.npy", exponent: 0 });
      assertEquals(read, [...values], type);
    }
    await Deno.writeFile(
      `${folder}/x.npy`,
      npyBytes("bits", [2], new Uint8Array(BigUint64Array.of(1n << 63n, 2n).buffer)),
    );
    const operand = { kind: "in", tensor: 0, type: "bits", shape: [66] } as const;
    const bits = readTensor(folder, operand, { file: "x.npy", exponent: 0 });
    assertEquals(bits.flatMap((bit, i) => bit === 1 ? [i] : []), [63, 65]);
  }));
