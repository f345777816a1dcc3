import { assert } from "@std/assert";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import { NEAREST } from "../../lib/native/words.ts";
import { integers, onEveryPath, operands, tensorOf } from "./int8/fixture.ts";
import { shaped } from "./shapes.ts";

/** Convolutions of 2304 weights each: more orders of packed weights than a tensor keeps. */
const GEOMETRIES: readonly (readonly [number, number, number, number, number, number, number, number])[] = [
  [2, 6, 5, 16, 16, 3, 1, 1],
  [1, 9, 8, 16, 16, 3, 2, 1],
  [3, 4, 4, 48, 48, 1, 1, 0],
  [1, 7, 7, 4, 64, 3, 1, 1],
];
const WEIGHTS = 2304;
/** Elements of the largest source or target. */
const MOST = 7 * 7 * 64;

type Arithmetic = "int8" | "fp32";

/** Weights and what is convolved with them, and what a convolution of either direction gives. */
class Convolutions implements Disposable {
  readonly #library: Library;
  readonly #arithmetic: Arithmetic;
  readonly #source: Tensor;
  readonly #target: Tensor;

  constructor(library: Library, arithmetic: Arithmetic, source: readonly number[]) {
    this.#library = library;
    this.#arithmetic = arithmetic;
    this.#source = this.tensor(source);
    this.#target = new Tensor(library, arithmetic === "int8" ? "int32" : "fp32", MOST);
  }

  tensor(values: readonly number[]): Tensor {
    if (this.#arithmetic === "int8") return tensorOf(this.#library, "int8", Int8Array.from(values));
    const tensor = new Tensor(this.#library, "fp32", values.length);
    this.write(tensor, values);
    return tensor;
  }

  write(tensor: Tensor, values: readonly number[]): void {
    tensor.write(this.#arithmetic === "int8" ? Int8Array.from(values) : Float32Array.from(values));
  }

  run(weights: Tensor, geometry: typeof GEOMETRIES[number], backward: boolean): Int32Array | Float32Array {
    const at = shaped(this.#library, ...geometry), source = this.#source, target = this.#target;
    target.clear(0, MOST);
    if (this.#arithmetic === "fp32") {
      if (backward) this.#library.call("fp32_conv_backward_data", { dy: source, weights, dx: target, ...at });
      else this.#library.call("fp32_conv_forward", { x: source, weights, y: target, ...at });
      return target.read(new Float32Array(MOST));
    }
    const unflagged = { fine: undefined, fine_sums: undefined };
    const unbiased = { scalars: undefined, bias: -1, biases: 1 };
    if (backward) {
      this.#library.call("int8_conv_backward_data", { dy: source, ...unflagged, weights, dx: target, ...at });
    } else this.#library.call("int8_conv_forward", { x: source, weights, ...unbiased, y: target, ...at });
    return target.read(new Int32Array(MOST));
  }

  [Symbol.dispose](): void {
    this.#source.close();
    this.#target.close();
  }
}

/**
 * Every convolution with weights that were used before, against weights that never were. First come those that came last
 * the time before, of which something may be kept.
 */
function check(convolutions: Convolutions, weights: Tensor, values: readonly number[], what: string): void {
  for (const geometries of [GEOMETRIES.toReversed(), GEOMETRIES]) {
    for (const geometry of geometries) {
      for (const backward of [false, true]) {
        // Four times: packed, packed for good, and taken from there.
        const found = Array.from({ length: 4 }, () => convolutions.run(weights, geometry, backward));
        const fresh = convolutions.tensor(values);
        const expected = convolutions.run(fresh, geometry, backward);
        fresh.close();
        // Not by assertEquals, which takes a second for a million elements.
        for (const each of found) {
          assert(each.every((value, i) => value === expected[i]), `${what}, ${geometry}, backward ${backward}`);
        }
      }
    }
  }
}

for (const arithmetic of ["int8", "fp32"] as const) {
  Deno.test(`kept: ${arithmetic} weights that are packed once give what weights give that are packed anew`, async () => {
    using library = await openLibrary();
    const next = integers(3);
    using convolutions = new Convolutions(library, arithmetic, operands(next, MOST));
    onEveryPath(library, (path) => {
      let values = operands(next, WEIGHTS);
      const weights = convolutions.tensor(values);
      check(convolutions, weights, values, path);
      // The last element alone, as who writes weights from outside does.
      values = values.with(-1, values.at(-1)! > 0 ? -100 : 100);
      convolutions.write(weights, values);
      check(convolutions, weights, values, `${path}, written`);
      // By a kernel, as an update does.
      values = values.map((value) => value > 0 ? -1 : 1);
      if (arithmetic === "int8") {
        const sums = tensorOf(library, "int32", Int32Array.from(values));
        library.call("int8_quantize", { x: sums, y: weights, quantizer: NEAREST, count: WEIGHTS });
        values = [...weights.read(new Int8Array(WEIGHTS))];
        sums.close();
      } else {
        const bias = convolutions.tensor(values);
        library.call("fp32_bias_forward", { y: weights, bias, n: 1, c: WEIGHTS });
        values = [...weights.read(new Float32Array(WEIGHTS))];
        bias.close();
      }
      check(convolutions, weights, values, `${path}, of a kernel`);
      weights.close();
    });
  });
}

Deno.test("kept: of weights in an arena, where others write over them, nothing is kept", async () => {
  using library = await openLibrary();
  const next = integers(4);
  using convolutions = new Convolutions(library, "int8", operands(next, MOST));
  onEveryPath(library, (path) => {
    const arena = new Tensor(library, "uint8", 2 * WEIGHTS);
    const weights = new Tensor(library, "int8", WEIGHTS, true), other = new Tensor(library, "int8", WEIGHTS, true);
    weights.place(arena, 0);
    other.place(arena, 1024);
    for (const writes of [weights, other, weights, other]) {
      convolutions.write(writes, operands(next, WEIGHTS));
      check(convolutions, weights, [...weights.read(new Int8Array(WEIGHTS))], `${path}, arena`);
    }
    for (const each of [weights, other, arena]) each.close();
  });
});
