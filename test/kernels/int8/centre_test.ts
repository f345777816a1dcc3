import { assert, assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { integers, onEveryPath, tensorOf } from "./fixture.ts";

const clamp = (x: bigint, limit: bigint) => x > limit ? limit : x < -limit ? -limit : x;
const NARROW = 2n ** 31n - 1n, WIDE = 2n ** 40n;

/** Gradients of one channel minus their mean, as the declarations define it. */
function centred(g: readonly bigint[], wide: boolean): bigint[] {
  const channel = BigInt(g.length);
  const values = wide ? g.map((each) => clamp(each, WIDE)) : g;
  const reciprocal = (2n ** 22n + channel / 2n) / channel;
  const mean = (values.reduce((sum, each) => sum + each, 0n) * reciprocal + 2n ** 21n) >> 22n;
  return values.map((each) => wide ? each - mean : clamp(each - mean, NARROW));
}

/** Channels, and gradients of one of them. */
const SHAPES: readonly [number, number][] = [[1, 1], [3, 1], [1, 7], [5, 27], [16, 144], [64, 577], [10, 64], [
  2,
  9000,
]];

/** Draws of a gradient: small ones with a mean, ones near the limits of int32, and limits of one sign. */
const DRAWS: readonly ((next: (low: number, high: number) => number) => number)[] = [
  (next) => next(-1000, 3000),
  (next) => [-(2 ** 31), 2 ** 31 - 1, next(-(2 ** 31), 2 ** 31 - 1)][next(0, 2)]!,
  () => 2 ** 31 - 1,
  () => -(2 ** 31),
];

Deno.test("each channel's mean is taken off its gradients, int32 and int64 alike, up to the limits", async () => {
  using library = await openLibrary({ threads: 2 });
  const next = integers(12);
  for (const [channels, channel] of SHAPES) {
    for (const [which, draw] of DRAWS.entries()) {
      const count = channels * channel;
      const g = Array.from({ length: count }, () => BigInt(draw(next)));
      const far = g.map((each) => each << 14n);
      const expected = (all: readonly bigint[], wide: boolean) =>
        Array.from({ length: channels }, (_, k) => centred(all.slice(k * channel, (k + 1) * channel), wide)).flat();
      onEveryPath(library, (path) => {
        const what = `${path}, ${channels} x ${channel}, draw ${which}`;
        const narrow = tensorOf(library, "int32", Int32Array.from(g, Number));
        const wide = tensorOf(library, "int64", BigInt64Array.from(far));
        for (const tensor of [narrow, wide]) library.call("int8_centre_gradients", { dw: tensor, channels, count });
        assertEquals([...narrow.read(new Int32Array(count))], expected(g, false).map(Number), what);
        assertEquals([...wide.read(new BigInt64Array(count))], expected(far, true), what);
        narrow.close();
        wide.close();
      });
    }
  }
});

Deno.test("what is left of a channel has a mean of nearly zero", async () => {
  using library = await openLibrary();
  const next = integers(13);
  const [channels, channel] = [4, 4608];
  const values = Int32Array.from({ length: channels * channel }, () => next(-20_000, 60_000));
  const g = tensorOf(library, "int32", values);
  library.call("int8_centre_gradients", { dw: g, channels, count: values.length });
  const left = g.read(new Int32Array(values.length));
  for (let k = 0; k < channels; k++) {
    const mean = left.slice(k * channel, (k + 1) * channel).reduce((sum, each) => sum + each, 0) / channel;
    // The reciprocal of 4608 is off by a 4,000th, of a mean of 20,000.
    assert(Math.abs(mean) < 20_000 / 4000 + 1, String(mean));
  }
  g.close();
});
