import { assert, assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import type { UpdatePolicy } from "../../../lib/native/words.ts";
import { shaped } from "../shapes.ts";
import { int8, integers, onEveryPath, operands, tensorOf } from "./fixture.ts";

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

const POLICY: UpdatePolicy = {
  weight_bits: 8,
  gradient_bits: 8,
  gradient_nearest: 0,
  gradient_fixed: 0,
  gradient_exponent: 0,
  update_bits: 8,
  update_nearest: 0,
  momentum_shift: 3,
  feedback: 1,
  nesterov: 0,
  decay: 0,
};

Deno.test("an update behind centring is that of gradients whose largest nobody knows, of all of them or fewer", async () => {
  using library = await openLibrary({ threads: 2 });
  const next = integers(14);
  const [channels, channel] = [10, 650], all = channels * channel;
  const shape = shaped(library, 1, 1, 1, 1, all, 1, 1, 0);
  const one = int8(library, { q: [1], exponent: 0 });
  // Shifts of 0, below and above 16, and one above the largest of a path that has a fast way.
  for (const most of [60, 3000, 2 ** 25, 2 ** 31 - 1]) {
    for (const [feedback, rate_exponent] of [[0, -12], [1, -12], [0, 4], [1, 4]] as const) {
      const q = operands(next, all);
      const moved: (readonly (Int8Array | Int32Array)[])[] = [];
      onEveryPath(library, (path) => {
        const update = (dw: Tensor, count: number) => {
          const weights = int8(library, { q, exponent: -8 });
          const momentum = new Tensor(library, "int32", all);
          const policy = { ...POLICY, feedback };
          const rate = { rate_mantissa: 200, rate_exponent, seed: 5, step: 3, stream: 2 };
          library.call("int8_update", { weights, fraction: undefined, momentum, dw, policy, ...rate, count });
          const after = [weights.read(new Int8Array(all)), momentum.read(new Int32Array(all))] as const;
          for (const each of [weights, momentum]) each.close();
          return after;
        };
        // The largest is the last.
        const values = Int32Array.from(
          { length: all },
          (_, i) => i === all - 1 ? most : Math.round(most / 3 * Math.sin(i)),
        );
        const centred = tensorOf(library, "int32", values, -14);
        library.call("int8_centre_gradients", { dw: centred, channels, count: all });
        const unknown = tensorOf(library, "int32", centred.read(new Int32Array(all)), -14);
        for (const count of [all, all - 1]) {
          const what = `${path}, up to ${most}, ${count} of ${all}, feedback ${feedback}, rate ${rate_exponent}`;
          const expected = update(unknown, count);
          assertEquals(update(centred, count), expected, what);
          if (count === all) moved.push(expected);
        }
        // Another kernel writes where they lay, and what centring knew is no longer so.
        const dy = int8(library, { q, exponent: -14 });
        library.call("int8_conv_backward_weights", { x: one, dy, fine: undefined, dw: centred, ...shape });
        unknown.write(Int32Array.from(q));
        assertEquals(update(centred, all), update(unknown, all), `${path}, overwritten`);
        for (const each of [centred, unknown, dy]) each.close();
      });
      for (const other of moved) assertEquals(other, moved[0], `paths differ up to ${most}, feedback ${feedback}`);
    }
  }
});
