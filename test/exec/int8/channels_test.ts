import { assertAlmostEquals, assertEquals } from "@std/assert";
import { channelValues, constantChannels, meanShare, powerByRow } from "../../../lib/exec/int8/channels.ts";
import { integers } from "../../kernels/int8/fixture.ts";

/** The squares and the means' part as the exact quotient of integers, in ppm of the squares. */
function exactPower(values: readonly number[], rows: number): { squares: bigint; ppm: number } {
  const columns = values.length / rows;
  const squares = values.reduce((sum, each) => sum + BigInt(each) ** 2n, 0n);
  let means = 0n; // times the columns
  for (let row = 0; row < rows; row++) {
    means += values.slice(row * columns, (row + 1) * columns).reduce((sum, each) => sum + BigInt(each), 0n) ** 2n;
  }
  return { squares, ppm: Number(1_000_000n * means / (squares * BigInt(columns))) };
}

Deno.test("power by row: as in exact integers, up to the largest int32", () => {
  const next = integers(1);
  for (const [rows, columns, limit] of [[1, 1, 127], [3, 5, 1], [10, 64, 20_000], [16, 144, 2 ** 31 - 1]] as const) {
    for (const offset of [0, Math.floor(limit / 2)]) {
      const values = Array.from({ length: rows * columns }, () => next(-limit, limit - offset) + offset);
      const { squares, ppm } = exactPower(values, rows);
      const power = powerByRow(values, rows);
      assertAlmostEquals(power.squares, Number(squares), 1e-12 * Number(squares));
      assertAlmostEquals(1e6 * power.means / power.squares, ppm, 1.001);
    }
  }
  const largest = new Int32Array(300).fill(-(2 ** 31));
  assertEquals(powerByRow(largest, 3), { squares: 300 * 2 ** 62, means: 300 * 2 ** 62 });
});

Deno.test("mean share: 1 of rows that are level, 0 of centred ones, the root of the powers between, null of zeros", () => {
  const share = (values: readonly number[]) => meanShare(powerByRow(values, 2));
  assertEquals(share([3, 3, 3, -5, -5, -5]), 1);
  assertEquals(share([1, -2, 1, 4, 0, -4]), 0);
  assertEquals(share([1, 1, -2, 2, 2, -4]), 0);
  assertAlmostEquals(share([3, 0, 0, 0, 0, 0])!, Math.sqrt(1 / 3), 1e-15);
  assertEquals(share([0, 0, 0, 0, 0, 0]), null);
});

Deno.test("constant channels: one value in every pixel of every image, whichever it is", () => {
  assertEquals(constantChannels([channelValues(Int8Array.of(1, 2, 0, 5, 1, 3, 0, 5, 1, 2, 0, 5), 4)]), 3 / 4);
  assertEquals(constantChannels([channelValues(Int8Array.of(-127, 127), 2)]), 1);
  assertEquals(constantChannels([channelValues(Int8Array.of(0, 0, 0, 0, 0, 1), 3)]), 2 / 3);
  assertEquals(constantChannels([channelValues(Int8Array.of(1, 2, 2, 1), 1)]), 0);
});

Deno.test("constant channels: of parts, those that have the same value in all that have any", () => {
  const parts = (...each: readonly number[][]) =>
    constantChannels(each.map((values) => channelValues(Int8Array.from(values), 3)));
  const [a, b, varied, nothing] = [[1, -127, 0], [1, 127, 0], [1, 127, 0, 1, 127, 5], []];
  assertEquals(parts(a, a), 1);
  assertEquals(parts(a, b), 2 / 3);
  assertEquals(parts(b, varied), 2 / 3);
  assertEquals(parts(varied, a), 1 / 3);
  assertEquals([parts(nothing, a, nothing, a), parts(a, nothing, b)], [1, 2 / 3]);
});
