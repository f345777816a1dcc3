import { assert, assertEquals } from "@std/assert";
import { uniformSource } from "../../lib/exec/fp32/random.ts";
import type { KernelName } from "../../lib/native/declarations.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import { LAYOUTS, type WordKind } from "../../lib/native/words.ts";
import type { Parameter, TensorParameter } from "./arguments.ts";
import { VALID_CALLS } from "./calls.ts";
import { fill, type Source } from "./contents.ts";
import { type Argument, Fixture } from "./fixture.ts";

/** From the second one on with many zeros. */
const SEEDS = [5, 6, 7], SPARSE = 6;

/** What a tensor of a call holds: no exponent and no bytes of other arguments. */
interface Held {
  readonly bytes: Uint8Array;
  readonly exponent: number;
}

interface Run {
  readonly before: readonly (Held | undefined)[];
  readonly after: readonly (Held | undefined)[];
}

/** Words that differ from those of the valid call, by their places. */
type Variant = Readonly<Record<number, number>>;

/** Calls with none of what can be absent, with all of it, and with all but one; likewise indices that can be none. */
function variantsOf(parameters: readonly Parameter[]): Variant[] {
  const absent = parameters.flatMap((each, i): Variant[] => {
    if ("count" in each) return each.optional ? [{ [i]: 0 }] : [];
    return "size" in each && each.least === -1 ? [{ [i]: -1 }] : [];
  });
  const flags = parameters.flatMap((each, i): Variant[] =>
    "size" in each && each.least === 0 && each.size === 1 ? [{ [i]: 0 }] : []
  );
  return [{}, ...absent, ...flags, Object.assign({}, ...absent)];
}

/** How the contents of a call come about: what is only written holds another byte, or one tensor has another seed. */
interface Contents {
  readonly seed: number;
  readonly other?: number;
}

/** As numbers of fp32, these are 0.7 and 12: sums with what a kernel computes show both. */
const UNWRITTEN = [0x3f, 0x41] as const;

function holdings(args: readonly Argument[]): (Held | undefined)[] {
  return args.map((each) =>
    each instanceof Tensor ? { bytes: each.read(new Uint8Array(each.byteLength)), exponent: each.exponent } : undefined
  );
}

/** Runs the call; nothing where it is refused. */
function run(
  fixture: Fixture,
  kernel: KernelName,
  parameters: readonly Parameter[],
  kinds: readonly WordKind[],
  variant: Variant,
  { seed, other }: Contents,
): Run | undefined {
  const args = parameters.map((each, i): Argument => {
    if (variant[i] !== undefined) return variant[i];
    if ("shape" in each) return fixture.shape(each.shape);
    if (!("count" in each)) return "size" in each ? each.size : each.free;
    const tensor = fixture.zeros(each.count, each.type), second = i === other;
    const source = uniformSource(second ? seed + 100 : seed, i);
    fill(tensor, each, source);
    if (seed >= SPARSE && each.type === "int8") makeSparse(tensor, source);
    tensor.exponent = (each.exponent ?? 0) - 3;
    if (kinds[i]!.startsWith("out")) {
      tensor.write(new Uint8Array(tensor.byteLength).fill(UNWRITTEN[second ? 1 : 0]));
      tensor.exponent = second ? 9 : 5;
    }
    return tensor;
  });
  const before = holdings(args), status = fixture.status(kernel, args), after = holdings(args);
  fixture.clear();
  return status < 0 ? undefined : { before, after };
}

/** Sets two thirds of the elements of int8 to 0. */
function makeSparse(tensor: Tensor, source: Source): void {
  tensor.write(tensor.read(new Int8Array(tensor.count)).map((value) => source() < 1 / 3 ? value : 0));
}

const same = (a: Held, b: Held) => a.exponent === b.exponent && a.bytes.every((byte, at) => byte === b.bytes[at]);

/** Whether two calls leave some of what an argument holds alone, though it holds something else in each. */
function keepsSome(one: Run, two: Run, i: number): boolean {
  const keeps = ({ before, after }: Run, at: number) => before[i]!.bytes[at] === after[i]!.bytes[at];
  return one.after[i]!.bytes.some((byte, at) => byte !== two.after[i]!.bytes[at] && keeps(one, at) && keeps(two, at));
}

/** Whether what one argument held before the call changes what the call does. */
function isRead(one: Run, two: Run, argument: number): boolean {
  return one.after.some((held, i) => {
    if (held === undefined) return false;
    const first = one.before[i]!, second = two.before[i]!, other = two.after[i]!;
    if (i !== argument) return !same(held, other);
    const differs = (byte: number, at: number) =>
      byte !== other.bytes[at] && !(byte === first.bytes[at] && other.bytes[at] === second.bytes[at]);
    return held.bytes.some(differs);
  });
}

/** Asserts that two runs left nothing in an argument of what it held, or everything. */
function assertWhole(one: Run, two: Run, i: number, { type, count }: TensorParameter, what: string): void {
  const held = one.after[i]!, other = two.after[i]!;
  // Bits behind the last one belong to nobody.
  const length = type === "bits" ? Math.floor(count / 8) : held.bytes.length;
  const overwritten = (at: number) => held.bytes[at] === other.bytes[at];
  const kept = (at: number) => held.bytes[at] === UNWRITTEN[0] && other.bytes[at] === UNWRITTEN[1];
  const places = Array.from({ length }, (_, at) => at);
  assert(places.every(overwritten) || places.every(kept), `${what} is written in part, or holds what it held`);
  const exponents = [held.exponent, other.exponent].join();
  assert(held.exponent === other.exponent || exponents === "5,9", `${what}: exponents ${exponents}`);
}

for (const { kernel, title, parameters } of VALID_CALLS) {
  if (!parameters.some((each) => "count" in each)) continue;
  Deno.test(`${title} reads and writes what its declaration says`, async () => {
    using fixture = await Fixture.open();
    const kinds = LAYOUTS[kernel].filter(({ kind }) => kind !== "guess").map(({ kind }) => kind);
    const read = new Set<number>(), changed = new Set<number>(), kept = new Set<number>();
    const check = (variant: Variant, seed: number, path: string) => {
      const one = run(fixture, kernel, parameters, kinds, variant, { seed });
      if (one === undefined) return;
      parameters.forEach((each, i) => {
        if (!("count" in each) || one.before[i] === undefined) return;
        const what = `${each.name}, ${path}, ${JSON.stringify(variant)}, seed ${seed}`;
        const two = run(fixture, kernel, parameters, kinds, variant, { seed, other: i })!;
        assert(two !== undefined, `${what}: its contents decide whether the call is refused`);
        if (kinds[i]!.startsWith("in") && !kinds[i]!.startsWith("inout")) {
          assert(same(one.before[i]!, one.after[i]!), `${what} is changed`);
        }
        if (kinds[i]!.startsWith("out")) {
          assertEquals(one.after.toSpliced(i, 1), two.after.toSpliced(i, 1), `${what} is read`);
          assertWhole(one, two, i, each, what);
        }
        if (!same(one.before[i]!, one.after[i]!)) changed.add(i);
        if (keepsSome(one, two, i)) kept.add(i);
        if (isRead(one, two, i)) read.add(i);
      });
    };
    for (const path of fixture.paths) {
      fixture.library.selectIsa(path);
      for (const variant of variantsOf(parameters)) for (const seed of SEEDS) check(variant, seed, path);
    }
    parameters.forEach((each, i) => {
      if (!("count" in each)) return;
      const kind = kinds[i]!.replace("?", ""), what = `${each.name} is ${kind}`;
      if (kind !== "in") assert(changed.has(i), `${what}, but never written`);
      if (kind === "in") assert(read.has(i), `${what}, but never read`);
      if (kind === "inout") assert(read.has(i) || kept.has(i), `${what}, but overwritten whatever it held`);
    });
  });
}
