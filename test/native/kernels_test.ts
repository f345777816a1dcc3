import { assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import { symbolsBy } from "../../lib/native/functions.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { SYMBOLS } from "../../lib/native/symbols.ts";
import { Tensor } from "../../lib/native/tensor.ts";
import { Slot } from "../../lib/native/words.ts";

Deno.test("kernels: a call by name computes, and says which word it cannot have", async () => {
  using library = await openLibrary();
  const tensor = (values: number[]) => {
    const made = new Tensor(library, "fp32", values.length);
    made.write(Float32Array.from(values));
    return made;
  };
  const y = tensor([1, 2, 3, 4]), bias = tensor([10, 20]);
  library.call("fp32_bias_forward", { y, bias, n: 2, c: 2 });
  assertEquals(y.read(new Float32Array(4)), Float32Array.of(11, 22, 13, 24));
  const refused = (n: number | Slot, message: string) =>
    assertThrows(() => library.call("fp32_bias_forward", { y, bias, n, c: 2 }), RunError, message);
  refused(0, "kernel: n: 0 is less than 1");
  refused(new Slot("images"), "fp32_bias_forward: n is a slot, which only programs have");
  for (const each of [y, bias]) each.close();
});

Deno.test("kernels: a library that is closed says so", async () => {
  const library = await openLibrary();
  library.close();
  assertThrows(() => library.symbols.eoq_threads(), RunError, "the kernel library is closed");
  assertThrows(() => library.call("fp32_peak", { iterations: 1 }), RunError, "the kernel library is closed");
});

Deno.test("kernels: functions that are all one are as many as the library's, each with its name and arguments", () => {
  const symbols = symbolsBy((name, args) => name.length + args.length);
  assertEquals(Object.keys(symbols), Object.keys(SYMBOLS));
  assertEquals(symbols.eoq_threads_set(7), "eoq_threads_set".length + 1);
});
