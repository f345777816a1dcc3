import { assertEquals } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import hashes from "./hashes.json" with { type: "json" };
import { hashOf, nameOf, PINNED_RUNS } from "./runs.ts";

const pinned: Readonly<Record<string, string>> = hashes;

Deno.test("pinned: every run has a hash, and no two have one", () => {
  assertEquals(PINNED_RUNS.map(nameOf), Object.keys(pinned));
  assertEquals(new Set(Object.values(pinned)).size, PINNED_RUNS.length);
});

Deno.test("pinned: the best path here and two threads end with the weights that were pinned", async () => {
  for (const run of PINNED_RUNS) {
    assertEquals(await hashOf(run, { threads: 2 }), pinned[nameOf(run)], nameOf(run));
  }
});

Deno.test("pinned: so does every other path", async () => {
  using library = await openLibrary();
  const paths = library.isaPaths().filter(({ built, supported }) => built && supported).map(({ name }) => name);
  for (const [i, run] of PINNED_RUNS.entries()) {
    const isa = paths[i % paths.length]!;
    assertEquals(await hashOf(run, { isa, threads: 1 + i % 3 }), pinned[nameOf(run)], `${nameOf(run)}, ${isa}`);
  }
});
