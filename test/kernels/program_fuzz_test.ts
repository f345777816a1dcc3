import { assert, assertEquals } from "@std/assert";
import { messageOf } from "../../lib/errors.ts";
import { uniformSource } from "../../lib/exec/fp32/random.ts";
import type { Library } from "../../lib/native/library.ts";
import { Tensor, TENSOR_TYPES, type TensorType } from "../../lib/native/tensor.ts";
import { LAYOUTS } from "../../lib/native/words.ts";
import { VALID_CALLS } from "./calls.ts";
import { fill, type Source } from "./contents.ts";
import { type Argument, Fixture } from "./fixture.ts";
import { create, HEADER, type Patch, programOf, type RawCall } from "./program_words.ts";

const PROGRAMS = 10_000;
/** Elements of the tensors: enough for every valid call. */
const ELEMENTS = 300;
/** Tensors of each type: as many as a call has that must lie apart. */
const TENSORS = 11;
/** Calls of a program, at most. */
const CALLS = 6;
/** What measures a path's peak takes too long to be drawn often. */
const CALLS_TO_DRAW = VALID_CALLS.filter(({ kernel }) => !kernel.endsWith("_peak"));

const NUMBERS = [-1, 0, 1, 2, 9, 16, 255, 256, 1000, 2 ** 16, 2 ** 20, 2 ** 31 - 1, -(2 ** 31)];

/** Draws whole numbers below a bound. */
const below = (source: Source, bound: number) => Math.floor(source() * bound);

/** Tensors that all programs share, by type, filled anew. */
class Pool {
  readonly #tensors: ReadonlyMap<TensorType, readonly Tensor[]>;
  readonly #fixture: Fixture;
  readonly #arena: Tensor;
  readonly #shapes = new Map<string, Argument>();

  constructor(fixture: Fixture) {
    this.#fixture = fixture;
    this.#arena = fixture.zeros(64 * ELEMENTS, "int64");
    this.#tensors = new Map(
      TENSOR_TYPES.map((type) => [type, Array.from({ length: TENSORS }, (_, i) => this.#tensor(type, i))]),
    );
  }

  /** Every third one lies in an arena, on those of other types: what a call leaves is read as anything. */
  #tensor(type: TensorType, i: number): Tensor {
    if (i % 3 !== 0) return this.#fixture.zeros(ELEMENTS, type);
    const tensor = new Tensor(this.#fixture.library, type, ELEMENTS, true);
    tensor.place(this.#arena, 64 * ELEMENTS * (i / 3));
    return tensor;
  }

  refill(source: Source): void {
    for (const [type, tensors] of this.#tensors) {
      // Few int16 can be the labels of a loss.
      const few = type === "int16" ? { below: 3 } : {};
      tensors.forEach((each, i) => {
        fill(each, { name: "", type, count: ELEMENTS, ...few }, source);
        // Of two neighbours one can be the fine part of the other.
        each.exponent = 35 - 7 * i;
      });
    }
  }

  /** A valid call; which of the tensors of a type it takes is up to the source. */
  call(source: Source): RawCall {
    const { kernel, parameters } = CALLS_TO_DRAW[below(source, CALLS_TO_DRAW.length)]!;
    const first = below(source, TENSORS);
    const args = parameters.map((each, i): Argument => {
      if ("shape" in each) {
        return this.#shapes.getOrInsertComputed(JSON.stringify(each.shape), () => this.#fixture.shape(each.shape));
      }
      if (!("count" in each)) return "size" in each ? each.size : each.free;
      return each.optional && source() < 0.2 ? 0 : this.#tensors.get(each.type)![(first + i) % TENSORS]!;
    });
    return { kernel, args };
  }
}

/** A program of valid calls, some of whose numbers are set by its three slots. */
function program(pool: Pool, source: Source): Int32Array<ArrayBuffer> {
  const calls = Array.from({ length: 1 + below(source, CALLS) }, () => pool.call(source));
  const patches = Array.from({ length: below(source, 3) }, (): Patch => {
    const call = below(source, calls.length);
    return { call, word: below(source, LAYOUTS[calls[call]!.kernel].length), slot: below(source, 3) };
  });
  const numbers = patches.filter(({ call, word }) =>
    ["i32", "u32", "f32"].includes(LAYOUTS[calls[call]!.kernel][word]!.kind)
  );
  return programOf(calls, 3, numbers);
}

/** Flips a bit of a word, sets it to a number or to another word, swaps two, or cuts or lengthens the program. */
function mutate(words: Int32Array<ArrayBuffer>, source: Source): Int32Array<ArrayBuffer> {
  const at = (from = 0) => from + below(source, words.length - from);
  // The header is hit more seldom: most of what it can say is refused at once.
  const i = at(source() < 0.9 ? Math.min(HEADER, words.length - 1) : 0), kind = source();
  if (kind < 0.3) return words.with(i, words[i]! ^ (1 << below(source, 32)));
  if (kind < 0.6) return words.with(i, NUMBERS[below(source, NUMBERS.length)]!);
  if (kind < 0.75) return words.with(i, words[at()]!);
  const j = at(Math.min(HEADER, words.length - 1));
  if (kind < 0.9) return words.with(i, words[j]!).with(j, words[i]!);
  if (kind < 0.95) return words.slice(0, i);
  return Int32Array.of(...words.subarray(0, i), below(source, 100), ...words.subarray(i));
}

/** Status of a call into the library; where it is a refusal, that says something. */
function told(library: Library, status: number): number {
  assert(status >= -7, `${status}`);
  try {
    library.check(status);
  } catch (error) {
    assert(/^kernel: (call \d+(, \w+)?|program|slots|first, end): .+$/.test(messageOf(error)), messageOf(error));
  }
  return status;
}

Deno.test("10,000 programs with mutated words run, or are refused", async () => {
  using fixture = await Fixture.open();
  const { library, paths } = fixture, { symbols } = library;
  const pool = new Pool(fixture), source = uniformSource(20, 0);
  const counts = { refused: 0, stopped: 0, ran: 0 };
  for (let i = 0; i < PROGRAMS; i++) {
    if (i % 100 === 0) {
      pool.refill(source);
      library.selectIsa(paths[below(source, paths.length)]!);
      library.setThreads(1 + below(source, 3));
    }
    let words = program(pool, source);
    for (let mutations = below(source, 4); mutations > 0 && words.length > 0; mutations--) {
      words = mutate(words, source);
    }
    const handle = told(library, create(library, words));
    if (handle < 0) {
      counts.refused++;
      continue;
    }
    const slots = Int32Array.from({ length: words[2]! }, () => source() < 0.5 ? below(source, 4) : 2 ** 32 * source());
    const bytes = new Uint8Array(slots.buffer), ends = [0, words[1]!, below(source, words[1]! + 1)];
    for (const [first, end] of [[0, words[1]!], [ends[2]!, words[1]!]] as const) {
      const status = told(library, symbols.eoq_program_run(handle, bytes, BigInt(bytes.length), first, end));
      if (first === 0) status < 0 ? counts.stopped++ : counts.ran++;
    }
    assertEquals(symbols.eoq_program_destroy(handle), 0);
  }
  // All that can happen does, often.
  const { refused, stopped, ran } = counts;
  assert(refused > 2000 && stopped > 300 && ran > 1000, JSON.stringify(counts));
});
