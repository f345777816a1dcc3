import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import { Fixture } from "../fixture.ts";
import { assertWithin, randomValues, read, ROUNDOFF } from "./fixture.ts";

/** Indices into the scalars of a test. */
const SCALE = 3, BEFORE = 1, LESS = 4, BEHIND = 0, NONE = -1;
/** Roundings on the way to an element. */
const STEPS = 6;

interface Case {
  readonly count: number;
  readonly residual: boolean;
  /** Whether the convolution's result has a multiplier, and the residual a bias to be taken off. */
  readonly scaled: boolean;
  readonly skipped: boolean;
  readonly seed: number;
}

const cases = fc.record({
  count: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constantFrom(16_384, 40_007)),
  residual: fc.boolean(),
  scaled: fc.boolean(),
  skipped: fc.boolean(),
  seed: fc.nat(),
});

/** The operands, and the value in front of the ReLU as its definition reads. */
function operands({ count, residual, scaled, seed }: Case) {
  const source = uniformSource(seed, 5);
  const x = randomValues(source, count), scalars = randomValues(source, 6);
  const added = residual ? randomValues(source, count) : undefined;
  const [scale, less] = scaled ? [scalars[SCALE]!, scalars[LESS]!] : [1, 0];
  const inner = x.map((value, i) => value * scale + scalars[BEFORE]! + (added?.[i] ?? 0) - less);
  return { x, scalars, added, inner };
}

Deno.test("the Fixup ReLU and its scalars, in place or not, on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(cases, (each) => {
      const { x, scalars, added, inner } = operands(each), { count, scaled } = each;
      const expected = inner.map((value) => Math.max(value, 0) + scalars[BEHIND]!);
      for (const path of fixture.paths) {
        fixture.library.selectIsa(path);
        const forward = (into: "x" | "residual" | "y") => {
          const from = fixture.tensor(x), residual = added && fixture.tensor(added);
          const y = into === "x" ? from : into === "residual" ? residual! : fixture.zeros(count);
          fixture.call("fp32_fixup_relu_forward", {
            ...{ x: from, residual, scalars: fixture.tensor(scalars) },
            scale: scaled ? SCALE : NONE,
            before: BEFORE,
            less: scaled ? LESS : NONE,
            behind: BEHIND,
            ...{ y, count },
          });
          return read(y);
        };
        const result = forward("y");
        // All operands are below 1.
        assertWithin(result, expected, () => STEPS * 4 * ROUNDOFF, `${path} ${JSON.stringify(each)}`);
        assertEquals(forward("x"), result);
        if (added !== undefined) assertEquals(forward("residual"), result);
        fixture.clear();
      }
    }),
    { numRuns: 40 },
  );
});

/** Sum in double precision, and what an fp32 sum by lanes and chunks may err. */
function sumOf(values: Float64Array): { sum: number; tolerance: number } {
  const magnitude = values.reduce((sum, each) => sum + Math.abs(each), 0);
  return { sum: values.reduce((sum, each) => sum + each, 0), tolerance: (256 + STEPS) * ROUNDOFF * magnitude + 1e-30 };
}

Deno.test("the gradients of the Fixup ReLU and of its scalars on every path", async () => {
  using fixture = await Fixture.open();
  fc.assert(
    fc.property(cases, (each) => {
      const { x, scalars } = operands(each), { count, scaled, skipped, seed } = each;
      const source = uniformSource(seed, 6);
      const behind = scalars[BEHIND]!;
      // Outputs as the forward pass leaves them: at the bias, exactly, where the ReLU is closed.
      const y = randomValues(source, count).map((value) => Math.fround(behind + Math.max(value, 0)));
      const dy = randomValues(source, count), skip = skipped ? randomValues(source, count) : undefined;
      const through = dy.map((error, i) => y[i]! > behind ? Math.fround(error + (skip?.[i] ?? 0)) : 0);
      const scale = scalars[SCALE]!;
      const sums: [number, Float64Array][] = [[BEHIND, dy], [BEFORE, through]];
      if (scaled) sums.push([SCALE, through.map((g, i) => g * x[i]!)]);
      for (const path of fixture.paths) {
        fixture.library.selectIsa(path);
        const what = `${path} ${JSON.stringify(each)}`;
        const errors = fixture.tensor(dy), joined = skip && fixture.tensor(skip);
        const output = fixture.tensor(y), convolved = fixture.tensor(x);
        const gradients = fixture.tensor(new Float32Array(6).fill(9));
        const indices = { before: BEFORE, behind: BEHIND, count };
        const shared = { dy: errors, skip: joined, y: output, scalars: fixture.tensor(scalars), gradients, ...indices };
        if (scaled) {
          fixture.call("fp32_fixup_residual_backward", { ...shared, x: convolved, scale: SCALE });
          assertEquals(Float64Array.from(read(errors)), through, `${what} residual`);
          assertEquals(Float64Array.from(read(output)), y, `${what} y`);
          assertEquals(Float64Array.from(read(convolved)), through.map((g) => Math.fround(g * scale)), `${what} dx`);
        } else {
          fixture.call("fp32_fixup_relu_backward", shared);
          assertEquals(Float64Array.from(read(errors)), dy, `${what} dy`);
          assertEquals(Float64Array.from(read(output)), through, `${what} dx`);
        }
        const actual = read(gradients);
        for (const [index, values] of sums) {
          const { sum, tolerance } = sumOf(values);
          assertWithin([actual[index]!], [sum], () => tolerance, `${what} scalar ${index}`);
          actual[index] = 9;
        }
        assertEquals(actual, new Float32Array(6).fill(9), `${what}: other scalars`);
        fixture.clear();
      }
    }),
    { numRuns: 30 },
  );
});
