import { assert, assertEquals, assertThrows } from "@std/assert";
import { RunError } from "../../lib/errors.ts";
import { type Kernels, symbolsBy, watchedKernels } from "../../lib/native/kernels.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { SYMBOLS } from "../../lib/native/symbols.ts";
import { Tensor } from "../../lib/native/tensor.ts";

Deno.test("kernels: what is watched computes the same, and every call is told of", async () => {
  const library = await openLibrary();
  const told: string[] = [];
  const watched: Kernels = watchedKernels(library, (name, args, milliseconds) => {
    assert(milliseconds >= 0);
    told.push(`${name}(${args.length})`);
  });
  const tensor = new Tensor(watched, "int16", 3);
  tensor.write(Int16Array.of(1, -2, 3));
  assertEquals(tensor.read(new Int16Array(3)), Int16Array.of(1, -2, 3));
  assertThrows(() => tensor.exponent = 99, RunError, "exponent: 99 is not in -64..64");
  tensor.close();
  assertEquals(told, [
    "eoq_tensor_create(2)",
    "eoq_tensor_write(4)",
    "eoq_tensor_read(4)",
    "eoq_tensor_exponent_set(2)",
    "eoq_tensor_destroy(1)",
  ]);
  library.close();
  assertThrows(() => watched.symbols.eoq_threads(), RunError, "the kernel library is closed");
});

Deno.test("kernels: functions that are all one are as many as the library's, each with its name and arguments", () => {
  const symbols = symbolsBy((name, args) => name.length + args.length);
  assertEquals(Object.keys(symbols), Object.keys(SYMBOLS));
  assertEquals(symbols.eoq_threads_set(7), "eoq_threads_set".length + 1);
});
