import { assert, assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { NEAREST } from "../../../lib/native/words.ts";
import { randomBits } from "./random_reference.ts";
import { integers, onEveryPath, tensorOf } from "./fixture.ts";

const SHARES = [0, 1, 2, 127, 128, 129, 201, 255, 256];
const FEW_SHARES = [1, 129, 256];
const SMOOTHINGS = [1, 26, 127, 128, 255, 256];
const LOGIT_BITS = 8;

interface Problem {
  readonly n: number;
  readonly classes: number;
  /** In steps of 2^-8. */
  readonly logits: number[];
  readonly labels: Int16Array<ArrayBuffer>;
  readonly partners: Int16Array<ArrayBuffer>;
}

/** Logits up to `largest`; every third image has its partner's class. */
function problem(n: number, classes: number, largest: number): Problem {
  const next = integers(8);
  const logits = Array.from({ length: n * classes }, () => next(-largest, largest));
  const labels = Int16Array.from({ length: n }, () => next(0, classes - 1));
  const partners = labels.map((label, i) => i % 3 === 0 ? label : next(0, classes - 1));
  return { n, classes, logits, labels, partners };
}

/** Seed, step and stream of random bits. */
type Key = readonly [number, number, number];

/** How errors are quantized, stochastically with a key, and with a flag below one step or without; how labels are smoothed. */
interface Setting {
  readonly key?: Key;
  readonly flag?: true;
  readonly smoothing?: number;
}

/** The first index at which arrays of a million values differ, or -1: assertEquals would take its time. */
const differs = (found: Int8Array, expected: Int8Array) => found.findIndex((each, i) => each !== expected[i]);

/** What the kernel makes of a problem, on every path: one result, `fine` empty where errors have no flag. */
async function run(
  { n, classes, logits, labels, partners }: Problem,
  shares: readonly number[],
  mixed = true,
  { key, flag, smoothing = 0 }: Setting = {},
) {
  using library = await openLibrary();
  const input = tensorOf(library, "int32", Int32Array.from(logits), -LOGIT_BITS);
  const [own, other] = [labels, partners].map((each) => tensorOf(library, "int16", each)) as [Tensor, Tensor];
  const gradients = new Tensor(library, "int64", 2 * classes);
  const error = new Tensor(library, "int8", n * classes);
  const fine = new Tensor(library, "int8", n * classes);
  const metrics = new Tensor(library, "int64", 2);
  const [seed, step, stream] = key ?? [0, 0, 0];
  const random = { ...NEAREST, stochastic: key === undefined ? 0 : 1, seed, step, stream };
  const quantizer = { ...random, fine: flag ? fine : undefined };
  const results = shares.map((share) => {
    let first: { loss: bigint; correct: number; errors: Int8Array; fine: Int8Array } | undefined;
    onEveryPath(library, (what) => {
      library.call("int8_loss", {
        logits: input,
        labels: own,
        partners: mixed ? other : undefined,
        ...{ share, smoothing, gradients, bias: 0, dlogits: error, quantizer, metrics, n, classes },
      });
      const errors = error.read(new Int8Array(n * classes));
      const below = flag ? fine.read(new Int8Array(n * classes)) : new Int8Array(0);
      const sums = Array.from(gradients.read(new BigInt64Array(2 * classes)), Number);
      const columns = Array.from({ length: 2 * classes }, (_, i) => i % 2 === 0 ? 0 : flag ? -14 : -7);
      errors.forEach((each, i) => columns[2 * (i % classes)]! += flag ? 128 * each + below[i]! : each);
      assertEquals(sums, columns, what);
      const [loss, correct] = metrics.read(new BigInt64Array(2)) as unknown as [bigint, bigint];
      const result = { loss, correct: Number(correct), errors, fine: below };
      const { errors: expected, fine: expectedBelow, ...others } = first ??= result;
      assertEquals({ loss, correct: result.correct }, others, what);
      assertEquals([differs(errors, expected), differs(below, expectedBelow)], [-1, -1], what);
    });
    return { ...first!, errors: [...first!.errors], fine: [...first!.fine] };
  });
  for (const tensor of [input, own, other, gradients, error, fine, metrics]) tensor.close();
  return results;
}

const rowOf = ({ logits, classes }: Problem, i: number) => logits.slice(i * classes, (i + 1) * classes);

/**
 * The definition of the errors: exponentials from a table of 15 bits, one rounding of the difference: by a half, or with
 * a key by chance. A smoothed target is a multiple of 2^-24, of which 2^16 make a step of an unsmoothed one.
 */
function definedErrors(given: Problem, share: number, { key, flag, smoothing = 0 }: Setting = {}) {
  const finer = 2 ** 16, uniform = Math.floor(smoothing * finer / given.classes + 0.5);
  const exponential = (distance: number) => {
    const power = Math.floor(Math.min(distance, 1 << 15) * 23637 / 2 ** 17);
    return Math.floor(Math.round(2 ** 15 * 2 ** (-(power % 32) / 32)) / 2 ** Math.floor(power / 32));
  };
  const all = Array.from(given.labels, (label, i) => {
    const row = rowOf(given, i);
    const terms = row.map((each) => BigInt(exponential(Math.max(...row) - each)));
    const sum = terms.reduce((total, each) => total + each, 0n);
    return terms.map((term, c) => {
      const unsmoothed = (c === label ? share : 0) + (c === given.partners[i] ? 256 - share : 0);
      const target = (256 - smoothing) * unsmoothed * 256 + uniform;
      const step = 2n * sum * BigInt(finer);
      const added = key === undefined ? sum : 2n * sum * randomBits(...key, i * given.classes + c) >> 32n;
      const difference = (term << 24n) - sum * BigInt(target);
      const rounded = (difference: bigint) => {
        const over = difference + added * BigInt(finer);
        const floor = over >= 0n ? over / step : -((-over + step - 1n) / step);
        return Math.max(-127, Math.min(127, Number(floor)));
      };
      const small = difference < step && difference > -step;
      return flag && small ? [0, rounded(128n * difference)] as const : [rounded(difference), 0] as const;
    });
  }).flat();
  return { errors: all.map(([coarse]) => coarse), fine: flag ? all.map(([, fine]) => fine) : [] };
}

for (const [n, classes, largest] of [[50, 10, 2000], [7, 3, 2 ** 20], [9, 10, 0], [3, 1000, 2000]] as const) {
  const given = problem(n, classes, largest);
  const what = `${classes} classes, logits up to ${largest}`;

  Deno.test(`int8 loss: errors at every share are those of the definition: ${what}`, async () => {
    const results = await run(given, SHARES);
    SHARES.forEach((share, i) =>
      assertEquals(results[i]!.errors, definedErrors(given, share).errors, `share ${share}`)
    );
  });

  Deno.test(`int8 loss: errors are rounded stochastically, and with flags, where that is asked for: ${what}`, async () => {
    const key = [7, 4000000000, 3000000000] as const;
    for (const quantizer of [{ key }, { flag: true }, { key, flag: true }] as const) {
      for (const smoothing of [0, 26]) {
        const setting = { ...quantizer, smoothing };
        const results = await run(given, FEW_SHARES, true, setting);
        FEW_SHARES.forEach((share, i) => {
          const { errors, fine } = results[i]!;
          assertEquals(
            { errors, fine },
            definedErrors(given, share, setting),
            `share ${share}, smoothing ${smoothing}`,
          );
        });
      }
    }
  });

  Deno.test(`int8 loss: a mixed loss is the mean of both classes' losses, exactly, and hits are the label's: ${what}`, async () => {
    const [own] = await run(given, [256], false);
    const [other] = await run({ ...given, labels: given.partners }, [256], false);
    const results = await run(given, SHARES);
    SHARES.forEach((share, i) => {
      const { loss, correct } = results[i]!;
      assertEquals(256n * loss, BigInt(share) * own!.loss + BigInt(256 - share) * other!.loss, `share ${share}`);
      assertEquals(correct, own!.correct);
    });
    assertEquals(results.at(-1), own);
    assertEquals(results[0]!.errors, other!.errors);
  });

  Deno.test(`int8 loss: errors of smoothed labels are those of the definition: ${what}`, async () => {
    for (const smoothing of SMOOTHINGS) {
      const results = await run(given, FEW_SHARES, true, { smoothing });
      FEW_SHARES.forEach((share, i) => {
        const what = `share ${share}, smoothing ${smoothing}`;
        assertEquals(results[i]!.errors, definedErrors(given, share, { smoothing }).errors, what);
      });
    }
    const [one] = await run(given, [256], false, { smoothing: 256 });
    const [other] = await run({ ...given, labels: given.partners }, [256], false, { smoothing: 256 });
    assertEquals([one!.errors, one!.loss], [other!.errors, other!.loss], "nothing is left of the labels");
  });

  Deno.test(`int8 loss: a smoothed loss is the mean of its label's and all classes' losses, rounded down: ${what}`, async () => {
    const single: Problem = { ...given, n: 1, logits: given.logits.slice(0, classes), labels: Int16Array.of(1) };
    const every: Problem = {
      ...given,
      n: classes,
      logits: Array.from({ length: classes }, () => single.logits).flat(),
      labels: Int16Array.from({ length: classes }, (_, c) => c),
    };
    const own = (await run(single, [256], false))[0]!.loss;
    const all = (await run(every, [256], false))[0]!.loss;
    for (const smoothing of SMOOTHINGS) {
      const loss = (await run(single, [256], false, { smoothing }))[0]!.loss;
      const sum = BigInt(256 - smoothing) * BigInt(classes) * own + BigInt(smoothing) * all;
      assertEquals(loss, sum / BigInt(256 * classes), `smoothing ${smoothing}`);
    }
  });

  Deno.test(`int8 loss: without partners, or with those of the same class, the share is nothing: ${what}`, async () => {
    const [expected] = await run(given, [256], false);
    const same = { ...given, partners: given.labels };
    for (const result of [...await run(given, SHARES, false), ...await run(same, SHARES)]) {
      assertEquals(result, expected);
    }
  });
}

async function assertReal(given: Problem, smoothing = 0): Promise<void> {
  const results = await run(given, SHARES, true, { smoothing });
  SHARES.forEach((share, s) => {
    let loss = 0, correct = 0;
    const errors = Array.from(given.labels, (label, i) => {
      const row = rowOf(given, i).map((q) => q / 2 ** LOGIT_BITS);
      const sum = row.reduce((total, v) => total + Math.exp(v), 0);
      const target = row.map((_, c) => {
        const unsmoothed = ((c === label ? share : 0) + (c === given.partners[i] ? 256 - share : 0)) / 256;
        return (1 - smoothing / 256) * unsmoothed + smoothing / 256 / given.classes;
      });
      loss += Math.log(sum) - row.reduce((total, v, c) => total + v * target[c]!, 0);
      correct += row.indexOf(Math.max(...row)) === label ? 1 : 0;
      return row.map((v, c) => 128 * (Math.exp(v) / sum - target[c]!));
    }).flat();
    const actual = results[s]!;
    // 2^(-i/32) truncates an exponent by up to 1/32 of a power of two: 2.2 % of a probability.
    actual.errors.forEach((e, i) => assert(Math.abs(e - errors[i]!) <= 0.022 * 128 + 1, `${e} for ${errors[i]}`));
    assert(Math.abs(Number(actual.loss) / 65536 - loss) < 0.025 * given.n, `share ${share}`);
    assertEquals(actual.correct, correct);
  });
}

Deno.test("the integer loss and its gradient lie where the real ones do", () => assertReal(problem(50, 10, 2000)));

Deno.test("the integer loss of 1000 classes lies where the real one does", () => assertReal(problem(4, 1000, 2000)));

for (const smoothing of [26, 128]) {
  Deno.test(`the smoothed integer loss and its gradient lie where the real ones do: ${smoothing} / 256`, async () => {
    await assertReal(problem(50, 10, 2000), smoothing);
    await assertReal(problem(4, 1000, 2000), smoothing);
  });
}

Deno.test("int8 loss: the largest sums of a smoothed loss are exact", async () => {
  const classes = 32767;
  // One logit at the upper bound of what the kernel reads, 2^28 steps, all others at the lower.
  const logits = Array.from({ length: classes }, (_, c) => c === 5 ? 2 ** 30 : -(2 ** 30));
  const given = { n: 1, classes, logits, labels: Int16Array.of(7), partners: Int16Array.of(5) };
  const distance = 2n ** 29n;
  for (const smoothing of [26, 256]) {
    const loss = (await run(given, [256], false, { smoothing }))[0]!.loss;
    const kept = 256n * distance * BigInt((256 - smoothing) * classes);
    const spread = BigInt(classes - 1) * distance * BigInt(256 * smoothing);
    assertEquals(loss, (kept + spread) / BigInt(256 * classes));
  }
});
