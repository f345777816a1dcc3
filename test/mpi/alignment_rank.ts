/**
 * What each process of a group runs: int8 tensors whose parts lie between other
 * bounds in each process are added, with exponents of the step before. The first
 * process prints as JSON what all of them came to.
 *
 * @module
 */

import type { Group, Part } from "../../lib/native/group.ts";
import type { Kernels, Place } from "../../lib/native/kernels.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { Executable, Recorder } from "../../lib/native/program.ts";
import { joinGroup } from "../../lib/native/transport.ts";
import { NEAREST, type Quantizer } from "../../lib/native/words.ts";
import { Fixture } from "../kernels/fixture.ts";
import { integers } from "../kernels/int8/fixture.ts";

/** Images of a batch, and elements of each, some more than a vector has. */
const IMAGES = 2, ELEMENTS = 131;

/** In place of an exponent where none has been measured. */
const UNMEASURED = -(2 ** 31);

const PLACE: Place = { layer: "test", phase: "forward" };

/** Calls that add tensors. */
export const KERNELS = ["int8_residual", "int8_add_bias"] as const;

/** Tensors to be added, and where they lie. */
interface Case {
  readonly kernel: typeof KERNELS[number];
  /** Elements of all images. */
  readonly z: Int32Array<ArrayBuffer>;
  readonly shortcut: Int32Array<ArrayBuffer>;
  readonly exponents: readonly [z: number, shortcut: number];
  readonly bias: number;
  readonly scale: number;
  /** Exponent that the sum had in the step before. */
  readonly measured: number;
}

/** What a case came to in a process. */
interface Sum {
  readonly exponents: readonly [y: number, measured: number];
  readonly y: readonly number[];
}

/** How many of a kernel's cases came to what. */
export interface Outcome {
  /** Cases that differ from those of one process, each once for each process. */
  wrong: number;
  /** Cases whose bounds were combined, and those where they were not. */
  combined: number;
  spared: number;
  /** Cases in which parts that know of no other come to something else. */
  needed: number;
}

/** Exponents that leave the largest summand its bits, and with which a sum can still be rounded. */
const ALIGNED_BITS = 24, MOST_SHIFT = 30;

/** Bits of an int8, and exponents of a bias and of a scale. */
const INT8_BITS = 7, BIAS = -14, SCALE = -13;

const bitsOf = (x: number) => x === 0 ? 0 : 32 - Math.clz32(Math.abs(x));

/**
 * Each image has a largest magnitude of its own, often none at all: bounds of parts lie up to 7 bits apart.
 *
 * @param decided Whether the exponent of the step before decides the sum's, whatever the bounds are.
 */
function drawCase(seed: number, decided: boolean): Case {
  const next = integers(Math.imul(seed, 2654435761)), kernel = KERNELS[seed % KERNELS.length]!;
  const draw = () => {
    const largest = Array.from({ length: IMAGES }, () => [0, 1, 5, 127][next(0, 3)]!);
    return Int32Array.from({ length: IMAGES * ELEMENTS }, (_, i) => {
      const most = largest[Math.floor(i / ELEMENTS)]!;
      return next(-most, most);
    });
  };
  // Where a summand's steps lie about ALIGNED_BITS below the top of the other; they lie anywhere in half of the cases.
  const atEdge = next(0, 1) === 0, edge = ALIGNED_BITS - INT8_BITS + next(-2, 8), joins = kernel === "int8_residual";
  const shortcut = atEdge && !joins ? BIAS + edge : next(-20, 20), scale = next(-20000, 20000);
  const bias = atEdge && joins ? 0 : next(-20000, 20000);
  const products = shortcut + (atEdge ? edge : next(-30, 30)), z = products - SCALE - bitsOf(scale);
  const summands = joins ? [shortcut, products] : [shortcut];
  const top = (bits: number) => Math.max(...summands.map((each) => each + bits), BIAS + bitsOf(bias));
  // Sums of parts have exponents between those of tensors of zeros and of those whose values are the largest there are.
  const finest = top(0) - ALIGNED_BITS, coarsest = top(INT8_BITS) - ALIGNED_BITS;
  const measured = atEdge ? coarsest + next(0, 3) : next(coarsest, finest + MOST_SHIFT);
  const undecided = [UNMEASURED, coarsest - next(1, 20), finest + MOST_SHIFT + next(1, 10)][next(0, 2)]!;
  const exponents = [z, shortcut] as const;
  return {
    ...{ kernel, z: draw(), shortcut: draw(), exponents, bias, scale },
    measured: decided || next(0, 1) === 0 ? measured : undecided,
  };
}

/** Adds the tensors of a case, of the images of a part or of all; a process without images has others instead. */
function add(fixture: Fixture, each: Case, part?: Part, group?: Group): Sum {
  const { library } = fixture;
  const first = part?.first ?? 0, images = Math.max(1, part?.images ?? IMAGES), count = images * ELEMENTS;
  const own = (whole: Int32Array<ArrayBuffer>) =>
    part?.images === 0 ? new Int32Array(count).fill(-127) : whole.slice(first * ELEMENTS, (first + images) * ELEMENTS);
  const int32 = (values: Int32Array<ArrayBuffer>) => {
    const tensor = fixture.zeros(values.length, "int32");
    tensor.write(values);
    return tensor;
  };
  const exponents = int32(Int32Array.of(...each.exponents, each.measured));
  const scalars = fixture.int16([each.bias, each.scale]), y = fixture.zeros(count, "int8");
  const quantizer = (exponent: number): Quantizer => ({ ...NEAREST, exponents, exponent });
  const recorder = new Recorder(library);
  const quantized = (kernels: Kernels, values: Int32Array<ArrayBuffer>, place: number) => {
    const x = int32(own(values)), to = fixture.zeros(count, "int8");
    x.exponent = each.exponents[place]!;
    // In the steps that they have: what comes of it is known to lie between the bounds of this part.
    kernels.call("int8_quantize", { x, y: to, quantizer: quantizer(place), count }, PLACE);
    return to;
  };
  const program = recorder.record(() => {
    const shortcut = quantized(recorder, each.shortcut, 1), shared = { scalars, bias: 0, y, quantizer: quantizer(2) };
    if (each.kernel === "int8_add_bias") return recorder.call(each.kernel, { x: shortcut, ...shared, count }, PLACE);
    const z = quantized(recorder, each.z, 0);
    recorder.call(each.kernel, { z, shortcut, ...shared, scale: 1, mask: undefined, count }, PLACE);
  });
  const executable = new Executable(library, program), run = () => executable.run({});
  if (group === undefined) run();
  else group.share(part!, run);
  executable.close();
  const measured = exponents.read(new Int32Array(3))[2]!;
  const sum: Sum = { exponents: [y.exponent, measured], y: [...y.read(new Int8Array(count))] };
  fixture.clear();
  return sum;
}

const sameText = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Whether a part's sum is that of all images: of a process without any the exponents alone. */
function isPartOf(sum: Sum, whole: Sum, { first, images }: Part): boolean {
  if (images === 0) return sum.exponents[1] === whole.exponents[1];
  const y = whole.y.slice(first * ELEMENTS, (first + images) * ELEMENTS);
  return sameText(sum, { exponents: whole.exponents, y });
}

/** Whether parts that know of no other come to something else. */
function differs(fixture: Fixture, each: Case, whole: Sum): boolean {
  return Array.from({ length: IMAGES }, (_, first): Part => ({ first, images: 1, whole: IMAGES })).some((part) => {
    const { exponents: [exponent], y } = add(fixture, each, part);
    return exponent !== whole.exponents[0] || !isPartOf({ ...whole, y }, whole, part);
  });
}

if (import.meta.main) {
  const [kind, count] = Deno.args, cases = Number(count);
  using fixture = new Fixture(await openLibrary({ threads: 1 }));
  const group = await joinGroup(fixture.library, 60), part = group.partOf(IMAGES);
  const outcomes = Object.fromEntries(
    KERNELS.map((kernel): [string, Outcome] => [kernel, { wrong: 0, spared: 0, combined: 0, needed: 0 }]),
  );
  for (let seed = 0; seed < cases; seed++) {
    const each = drawCase(seed, kind === "decided"), whole = add(fixture, each), outcome = outcomes[each.kernel]!;
    const before = group.counts().alignments, shared = add(fixture, each, part, group);
    if (!isPartOf(shared, whole, part)) outcome.wrong++;
    if (group.counts().alignments === before) outcome.spared++;
    else outcome.combined++;
    if (differs(fixture, each, whole)) outcome.needed++;
  }
  for (const outcome of Object.values(outcomes)) outcome.wrong = group.sums({ wrong: outcome.wrong }).wrong;
  if (group.rank === 0) console.log(JSON.stringify(outcomes));
  group.close();
}
