import { assertEquals, assertThrows } from "@std/assert";
import { OPERATION_KINDS, operationsOf } from "../../lib/count/kinds.ts";
import { RunError } from "../../lib/errors.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { openCounting, takeTallies } from "./counting.ts";

Deno.test("the kinds of operations are those of the counting build, in its order", async () => {
  const header = await Deno.readTextFile(new URL("../../kernels/core/count.h", import.meta.url));
  const declared = [...header.matchAll(/^ {2}EOQ_OP_(\w+),/gm)].map(([, name]) =>
    name!.toLowerCase().replaceAll("_", "-")
  );
  assertEquals(declared, [...OPERATION_KINDS]);
});

Deno.test("a library that does not count says so", async () => {
  using library = await openLibrary();
  const message = "kernel: tallies: this build of the library does not count";
  assertThrows(() => takeTallies(library), RunError, message);
  assertThrows(() => library.check(library.symbols.eoq_tallies_clear()), RunError, message);
});

Deno.test("the counting build has one thread and one path, and wants room for its tallies", async () => {
  using library = await openCounting();
  const { symbols } = library, room = 2 * 8 * OPERATION_KINDS.length;
  assertEquals(library.isaPaths().filter(({ built }) => built).map(({ name }) => name), ["scalar"]);
  assertThrows(() => library.setThreads(2), RunError, "kernel: threads: 2 is not in 1..1");
  for (const bytes of [0, 8, room / 2, room - 1, room + 1]) {
    const wrong = () => library.check(symbols.eoq_tallies_read(new Uint8Array(bytes), BigInt(bytes)));
    assertThrows(wrong, RunError, "kernel: to: ");
  }
  assertThrows(() => library.check(symbols.eoq_tallies_read(null, 8n)), RunError, "kernel: to: ");
  takeTallies(library);
  assertEquals(takeTallies(library), { operations: operationsOf({}), overhead: operationsOf({}) });
});
