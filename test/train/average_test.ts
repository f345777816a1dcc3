import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { StateEntry } from "../../lib/exec/network.ts";
import { averagingSchema, MOST_SAMPLES, WeightAverage } from "../../lib/train/average.ts";

type Values = Int8Array | Int16Array | Int32Array | Float32Array;

function entry(name: string, type: StateEntry["type"], values: Values, weights = true): StateEntry {
  const bytes = new Uint8Array(values.buffer.slice(0) as ArrayBuffer);
  return { name, type, shape: [values.length], exponent: type === "fp32" ? 0 : -7, weights, bytes };
}

/** Nearest integer, halves upwards. */
function nearest(sum: bigint, by: bigint): number {
  const twice = 2n * sum + by, quotient = twice / (2n * by);
  return Number(twice < 0n && twice % (2n * by) !== 0n ? quotient - 1n : quotient);
}

const bits = (width: number) => fc.integer({ min: -(2 ** (width - 1)), max: 2 ** (width - 1) - 1 });
const COUNT = 5;

/** A state of every type of weights, and momentum. */
const state = fc.tuple(
  ...[8, 8, 8, 8, 8, 16, 16, 32].map((width) => fc.array(bits(width), { minLength: COUNT, maxLength: COUNT })),
  fc.float32Array({ minLength: COUNT, maxLength: COUNT, noNaN: true, noDefaultInfinity: true }),
).map((drawn) => {
  const [plain, a, below8, b, norm, below16, scalars, running] = drawn.slice(0, 8) as number[][];
  return [
    entry("p.weights", "int8", Int8Array.from(plain!)),
    entry("a.weights", "int8", Int8Array.from(a!)),
    entry("a.fraction", "uint8", Int8Array.from(below8!)),
    entry("b.weights", "int8", Int8Array.from(b!)),
    entry("b.fraction", "int16", Int16Array.from(below16!)),
    entry("n.norm", "int8", Int8Array.from(norm!)),
    entry("n.norm.fraction", "int16", Int16Array.from(scalars!)),
    entry("scalars", "int16", Int16Array.from(scalars!)),
    entry("n.norm.running", "int32", Int32Array.from(running!)),
    entry("fp", "fp32", drawn[8] as Float32Array),
    entry("p.momentum", "int32", Int32Array.from(running!), false),
  ];
});

function valuesOf(state: readonly StateEntry[], name: string): Values {
  const { type, bytes } = state.find((each) => each.name === name)!;
  const { buffer } = new Uint8Array(bytes);
  if (type === "fp32") return new Float32Array(buffer);
  return type === "int32" ? new Int32Array(buffer) : type === "int16" ? new Int16Array(buffer) : new Int8Array(buffer);
}

/** The mean of what was stored, by its definition. */
function defined(states: readonly StateEntry[][], name: string, below?: string, steps = 1n): number[] {
  return Array.from({ length: COUNT }, (_, i) => {
    const sum = states.reduce((sum, state) => {
      const low = below === undefined ? 0 : valuesOf(state, below)[i]!;
      return sum + BigInt(valuesOf(state, name)[i]!) * steps + BigInt(low);
    }, 0n);
    return nearest(sum, BigInt(states.length) * steps);
  });
}

Deno.test("average: every weight is the nearest to the mean of what was stored, all else stays", () => {
  fc.assert(
    fc.property(fc.array(state, { minLength: 1, maxLength: 6 }), fc.nat(5), (states, stop) => {
      const whole = new WeightAverage();
      let saved = new WeightAverage();
      states.forEach((each, i) => {
        whole.add(each);
        saved.add(each);
        // A checkpoint in between changes nothing.
        if (i === stop) saved = new WeightAverage(saved.save());
      });
      const last = states.at(-1)!, mean = whole.mean(last);
      assertEquals(saved.mean(last), mean);
      assertEquals(saved.byteLength, (8 * 4 + 2 * 8) * COUNT);
      const values = (name: string) => [...valuesOf(mean, name)];
      // A fraction may lift the mean past the largest int8, which stored weights never do.
      const fits = (value: number) => (value << 24) >> 24;
      assertEquals(values("p.weights"), defined(states, "p.weights"));
      assertEquals(values("a.weights"), defined(states, "a.weights", "a.fraction", 2n ** 8n).map(fits));
      assertEquals(values("b.weights"), defined(states, "b.weights", "b.fraction", 2n ** 16n).map(fits));
      assertEquals(values("n.norm"), defined(states, "n.norm", "n.norm.fraction", 2n ** 16n).map(fits));
      assertEquals(values("scalars"), defined(states, "scalars"));
      assertEquals(values("n.norm.running"), defined(states, "n.norm.running"));
      for (const name of ["a.fraction", "b.fraction", "n.norm.fraction"]) assertEquals(values(name), [0, 0, 0, 0, 0]);
      const real = Array.from(
        { length: COUNT },
        (_, i) => Math.fround(states.reduce((sum, each) => sum + valuesOf(each, "fp")[i]!, 0) / states.length),
      );
      assertEquals(values("fp"), real);
      assertEquals(mean.at(-1), last.at(-1));
    }),
    { numRuns: 200 },
  );
});

Deno.test("average: one sample is the weights themselves, none is nothing to save", () => {
  const average = new WeightAverage();
  assertEquals([average.save(), average.samples, average.byteLength], [undefined, 0, 0]);
  const only = [entry("p.weights", "int8", Int8Array.of(-128, -1, 0, 1, 127))];
  average.add(only);
  assertEquals(average.mean(only), only);
});

Deno.test("average: sums hold as many samples of the extremes as there may be", () => {
  const least = [entry("scalars", "int16", Int16Array.of(-32768, 32767)), entry("w", "int8", Int8Array.of(-128, 127))];
  const sums = {
    samples: MOST_SAMPLES - 1,
    entries: [
      entry("scalars", "int32", Int32Array.of(-32768 * (MOST_SAMPLES - 1), 32767 * (MOST_SAMPLES - 1)), false),
      entry("w", "int32", Int32Array.of(-128 * (MOST_SAMPLES - 1), 127 * (MOST_SAMPLES - 1)), false),
    ],
  };
  const average = new WeightAverage(sums);
  average.add(least);
  assertEquals(average.samples, MOST_SAMPLES);
  assertEquals(average.mean(least), least);
});

Deno.test("average: steps that change in between are no weights to add up", () => {
  const average = new WeightAverage();
  const weights = entry("w", "int8", Int8Array.of(1));
  average.add([weights]);
  assertThrows(() => average.add([{ ...weights, exponent: -6 }]), RangeError, "w: its steps changed");
});

Deno.test("average: what a configuration may say", () => {
  assertEquals(averagingSchema.parse({ from: 0 }), { from: 0, every: null });
  for (const wrong of [{}, { from: 100 }, { from: -1 }, { from: 1.5 }, { from: 5, every: 0 }, { from: 5, to: 6 }]) {
    assert(!averagingSchema.safeParse(wrong).success, JSON.stringify(wrong));
  }
});
