import { assert, assertEquals } from "@std/assert";
import { openLibrary } from "../../../lib/native/library.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import { randomBits } from "./random_reference.ts";
import { call, integers, onEveryPath, tensorOf } from "./fixture.ts";

const SHARES = [0, 1, 2, 127, 128, 129, 201, 255, 256];
const FEW_SHARES = [1, 129, 256];
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

/** Seed, step and tensor of random bits. */
type Key = readonly [number, number, number];

/** How errors are quantized: stochastically with a key, and with a flag below one step or without. */
interface Quantizer {
  readonly key?: Key;
  readonly flag?: true;
}

/** What the kernel makes of a problem, on every path: one result, `fine` empty where errors have no flag. */
async function run(
  { n, classes, logits, labels, partners }: Problem,
  shares: readonly number[],
  mixed = true,
  { key, flag }: Quantizer = {},
) {
  using library = await openLibrary();
  const input = tensorOf(library, "int32", Int32Array.from(logits), -LOGIT_BITS);
  const [own, other] = [labels, partners].map((each) => tensorOf(library, "int16", each)) as [Tensor, Tensor];
  const gradients = new Tensor(library, "int64", 2 * classes);
  const error = new Tensor(library, "int8", n * classes);
  const fine = new Tensor(library, "int8", n * classes);
  const metrics = new Tensor(library, "int64", 2);
  if (flag) call(library, "eoq_int8_flag_quantizer", error, fine, input);
  const results = shares.map((share) => {
    let first: { loss: bigint; correct: number; errors: number[]; fine: number[] } | undefined;
    onEveryPath(library, (what) => {
      if (key !== undefined) call(library, "eoq_int8_round_randomly", error, ...key);
      call(library, "eoq_int8_loss", input, own, mixed ? other : 0, share, n, classes, gradients, 0, error, metrics);
      const errors = [...error.read(new Int8Array(n * classes))];
      const below = flag ? [...fine.read(new Int8Array(n * classes))] : [];
      const sums = [...gradients.read(new BigInt64Array(2 * classes))];
      const columns = new BigInt64Array(2 * classes).map((_, i) => i % 2 === 0 ? 0n : flag ? -14n : -7n);
      errors.forEach((each, i) => columns[2 * (i % classes)]! += BigInt(flag ? 128 * each + below[i]! : each));
      assertEquals(sums, [...columns], what);
      const [loss, correct] = metrics.read(new BigInt64Array(2)) as unknown as [bigint, bigint];
      const result = { loss, correct: Number(correct), errors, fine: below };
      assertEquals(result, first ??= result, what);
    });
    return first!;
  });
  for (const tensor of [input, own, other, gradients, error, fine, metrics]) tensor.close();
  return results;
}

const rowOf = ({ logits, classes }: Problem, i: number) => logits.slice(i * classes, (i + 1) * classes);

/** The definition of the errors: exponentials from a table of 15 bits, one rounding of the difference: by a half, or with a key by chance. */
function definedErrors(given: Problem, share: number, { key, flag }: Quantizer = {}) {
  const exponential = (distance: number) => {
    const power = Math.floor(Math.min(distance, 1 << 15) * 23637 / 2 ** 17);
    return Math.floor(Math.round(2 ** 15 * 2 ** (-(power % 32) / 32)) / 2 ** Math.floor(power / 32));
  };
  const all = Array.from(given.labels, (label, i) => {
    const row = rowOf(given, i);
    const terms = row.map((each) => BigInt(exponential(Math.max(...row) - each)));
    const sum = terms.reduce((total, each) => total + each, 0n);
    return terms.map((term, c) => {
      const target = (c === label ? share : 0) + (c === given.partners[i] ? 256 - share : 0);
      const rounding = key === undefined ? sum : 2n * sum * randomBits(...key, i * given.classes + c) >> 32n;
      const twice = 256n * term - sum * BigInt(target);
      const rounded = (twice: bigint) => {
        const over = twice + rounding;
        const floor = over >= 0n ? over / (2n * sum) : -((-over + 2n * sum - 1n) / (2n * sum));
        return Math.max(-127, Math.min(127, Number(floor)));
      };
      const small = twice < 2n * sum && twice > -2n * sum;
      return flag && small ? [0, rounded(128n * twice)] as const : [rounded(twice), 0] as const;
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
      const results = await run(given, FEW_SHARES, true, quantizer);
      FEW_SHARES.forEach((share, i) => {
        const { errors, fine } = results[i]!;
        assertEquals({ errors, fine }, definedErrors(given, share, quantizer), `share ${share}`);
      });
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

  Deno.test(`int8 loss: without partners, or with those of the same class, the share is nothing: ${what}`, async () => {
    const [expected] = await run(given, [256], false);
    const same = { ...given, partners: given.labels };
    for (const result of [...await run(given, SHARES, false), ...await run(same, SHARES)]) {
      assertEquals(result, expected);
    }
  });
}

async function assertReal(given: Problem): Promise<void> {
  const results = await run(given, SHARES);
  SHARES.forEach((share, s) => {
    let loss = 0, correct = 0;
    const errors = Array.from(given.labels, (label, i) => {
      const row = rowOf(given, i).map((q) => q / 2 ** LOGIT_BITS);
      const sum = row.reduce((total, v) => total + Math.exp(v), 0);
      const target = row.map((_, c) => ((c === label ? share : 0) + (c === given.partners[i] ? 256 - share : 0)) / 256);
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
