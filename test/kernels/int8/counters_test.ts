import { assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor, type TensorType } from "../../../lib/native/tensor.ts";
import { integers, operands, tensorOf } from "./fixture.ts";

function countsOf(tensor: Tensor): number[] {
  return [...tensor.read(new BigInt64Array(tensor.count))].map(Number);
}

Deno.test("counters: values at +-127 and zeros of the first elements", async () => {
  using library = await openLibrary();
  const next = integers(3);
  for (const length of [1, 63, 1000, 20000]) {
    const values = operands(next, length).map((x) => next(0, 3) === 0 ? 0 : x);
    const counts = new Tensor(library, "int64", 2);
    const x = tensorOf(library, "int8", Int8Array.from(values));
    for (const count of [1, length]) {
      library.call("int8_count_values", { x, fine: undefined, counts, count });
      const first = values.slice(0, count);
      assertEquals(countsOf(counts), [
        first.filter((each) => Math.abs(each) === 127).length,
        first.filter((each) => each === 0).length,
      ]);
    }
  }
});

/** Ways to store a weight: the type of its low bits, and how many they are. */
const STORED: readonly [TensorType | undefined, number][] = [[undefined, 0], ["uint8", 8], ["int16", 16]];

Deno.test("counters: how stored weights moved since the last call, of every width", async () => {
  using library = await openLibrary();
  const next = integers(8);
  const count = 3000;
  for (const [type, bits] of STORED) {
    const weights = new Tensor(library, "int8", count);
    const fraction = type && new Tensor(library, type, count);
    const before = new Tensor(library, "int32", count);
    const counts = new Tensor(library, "int64", 3);
    let last = new Array<number>(count).fill(0);
    for (let round = 0; round < 3; round++) {
      const limit = 127 * 2 ** bits + (bits === 0 ? 0 : 2 ** (bits - 1) - 1);
      const stored = last.map((each) => {
        const kind = next(0, 3);
        if (kind === 0) return each;
        return kind === 1 ? limit * (next(0, 1) * 2 - 1) : next(-limit, limit);
      });
      const q = stored.map((each) => Math.floor((each + 2 ** bits / 2) / 2 ** bits));
      weights.write(Int8Array.from(q));
      const low = stored.map((each, i) => each - q[i]! * 2 ** bits);
      fraction?.write(bits === 8 ? Uint8Array.from(low) : Int16Array.from(low));
      library.call("int8_count_updates", { weights, fraction, before, counts, count });
      assertEquals(countsOf(counts), [
        q.filter((each) => Math.abs(each) === 127).length,
        stored.filter((each, i) => each === last[i]).length,
        stored.reduce((sum, each, i) => sum + Math.abs(each - last[i]!), 0),
      ]);
      assertEquals([...before.read(new Int32Array(count))], stored);
      last = stored;
    }
  }
});
