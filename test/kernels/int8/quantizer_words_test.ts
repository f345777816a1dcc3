import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { messageOf, RunError } from "../../../lib/errors.ts";
import { uniformSource } from "../../../lib/exec/fp32/random.ts";
import type { KernelName } from "../../../lib/native/declarations.ts";
import { Tensor } from "../../../lib/native/tensor.ts";
import type { Parameter, TensorParameter } from "../arguments.ts";
import { contents, fill } from "../contents.ts";
import { type Argument, Fixture } from "../fixture.ts";
import { INT8_ARGUMENTS } from "./arguments.ts";

/** Kernels with a quantizer, by the int8 tensor that it quantizes into. */
const QUANTIZING = (Object.entries(INT8_ARGUMENTS) as [KernelName, readonly Parameter[]][]).flatMap(
  ([kernel, parameters]) => {
    const at = parameters.findIndex(({ name }) => name === "quantizer.bits");
    return at < 0 ? [] : [{ kernel, parameters, into: at - 1, at }];
  },
);

/** Where the words of a quantizer stand behind its bits. */
const STOCHASTIC = 1, EXPONENTS = 5, EXPONENT = 6, FINE = 7;

/** Kernels that take no exponents, and no fine part. */
const FIXED: KernelName = "int8_loss", UNFLAGGED: KernelName = "int8_pool_backward";

function argumentsOf(fixture: Fixture, parameters: readonly Parameter[], seed: number): Argument[] {
  return parameters.map((each, i): Argument => {
    if ("shape" in each) return fixture.shape(each.shape);
    if (!("count" in each)) return "size" in each ? each.size : each.free;
    const tensor = fixture.zeros(each.count, each.type);
    fill(tensor, each, uniformSource(seed, i));
    return tensor;
  });
}

Deno.test("every kernel that quantizes refuses a wrong word of its quantizer by name, and changes nothing", async () => {
  using fixture = await Fixture.open();
  for (const { kernel, parameters, into, at } of QUANTIZING) {
    const { name, count } = parameters[into] as TensorParameter;
    const args = argumentsOf(fixture, parameters, 1), y = args[into]!;
    const [exponents, narrow] = [fixture.zeros(4, "int32"), fixture.zeros(4, "int8")];
    const [fine, short] = [fixture.zeros(count, "int8"), fixture.zeros(count - 1, "int8")];
    const sums = args.find((each) => each instanceof Tensor && each.type === "int32" && each.count >= 4);
    const before = args.map((each) => each instanceof Tensor ? contents(each) : "");
    const refused = (words: Readonly<Record<number, Argument>>, text: string) => {
      const wrong = args.map((each, i) => words[i - at] ?? each);
      assertThrows(() => fixture.library.check(fixture.status(kernel, wrong)), RunError, text, `${kernel}, ${text}`);
    };
    refused({ 0: 1 }, "kernel: quantizer.bits: 1 is not in 2..8");
    refused({ 0: 9 }, "kernel: quantizer.bits: 9 is not in 2..8");
    refused({ [STOCHASTIC]: 2 }, "kernel: quantizer.stochastic: 2 is not 0 or 1");
    refused({ [EXPONENTS]: narrow }, "kernel: quantizer.exponents: is int8, must be int32");
    refused({ [EXPONENTS]: exponents, [EXPONENT]: -1 }, "kernel: quantizer.exponent: -1 is not an index");
    refused({ [EXPONENTS]: exponents, [EXPONENT]: 4 }, "kernel: quantizer.exponents: has 4 elements, needs 5");
    if (kernel === FIXED) refused({ [EXPONENTS]: exponents }, "kernel: quantizer.exponents: ");
    else if (kernel === UNFLAGGED) refused({ [FINE]: fine }, "kernel: quantizer.fine: ");
    if (sums !== undefined && kernel !== FIXED && kernel !== "int8_batchnorm_backward") {
      refused({ [EXPONENTS]: sums }, "must not be the same as");
    }
    if (kernel !== UNFLAGGED) {
      refused({ [FINE]: exponents }, "kernel: quantizer.fine: is int32, must be int8");
      for (const named of ["quantizer.fine", "must not be the same as", name]) refused({ [FINE]: y }, named);
      refused({ [FINE]: short }, `kernel: quantizer.fine: has ${count - 1} elements, needs ${count}`);
    }
    assertEquals(args.map((each) => each instanceof Tensor ? contents(each) : ""), before, kernel);
    fixture.clear();
  }
});

const quantizers = fc.record({
  bits: fc.integer({ min: 1, max: 9 }),
  stochastic: fc.integer({ min: 0, max: 1 }),
  exponents: fc.constantFrom("none", "own", "another"),
  exponent: fc.integer({ min: 0, max: 7 }),
  measured: fc.oneof(fc.integer({ min: -64, max: 64 }), fc.integer()),
  fine: fc.constantFrom("none", "own", "another"),
  seed: fc.nat(),
  other: fc.nat(),
  path: fc.nat(),
  threads: fc.integer({ min: 1, max: 3 }),
});

Deno.test("every quantizer gives the same on every path, or is refused, whichever tensors it names", async () => {
  using fixture = await Fixture.open();
  const { library, paths } = fixture;
  for (const { kernel, parameters, at } of QUANTIZING) {
    const run = (q: typeof quantizers extends fc.Arbitrary<infer T> ? T : never): [string, string[]] => {
      const args = argumentsOf(fixture, parameters, q.seed);
      const tensors = args.filter((each) => each instanceof Tensor);
      const [exponents, fine] = [fixture.zeros(8, "int32"), fixture.zeros(512, "int8")];
      exponents.write(new Int32Array(8).fill(q.measured));
      const named = (which: string, own: Tensor): Argument =>
        which === "none" ? 0 : which === "own" ? own : tensors[q.other % tensors.length]!;
      args[at] = q.bits;
      args[at + STOCHASTIC] = q.stochastic;
      args[at + EXPONENTS] = named(q.exponents, exponents);
      args[at + EXPONENT] = q.exponent;
      args[at + FINE] = named(q.fine, fine);
      const status = fixture.status(kernel, args);
      let text = "";
      try {
        library.check(status);
      } catch (error) {
        text = messageOf(error);
        assert(text.startsWith("kernel: "), text);
      }
      const after = [...tensors, exponents, fine].map(contents);
      fixture.clear();
      return [text.replaceAll(/\d+ is|are \d+/g, ""), after];
    };
    fc.assert(
      fc.property(quantizers, (q) => {
        library.selectIsa(paths[q.path % paths.length]!);
        library.setThreads(q.threads);
        const result = run(q);
        library.selectIsa("scalar");
        library.setThreads(1);
        assertEquals(run(q), result, kernel);
      }),
      { numRuns: 100 },
    );
  }
});
