import { assertEquals, assertNotEquals } from "@std/assert";
import type { StateEntry } from "../../lib/exec/network.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";

const entry: StateEntry = {
  name: "stem",
  type: "int8",
  shape: [2, 2],
  exponent: -7,
  weights: true,
  bytes: Uint8Array.of(1, 2, 3, 4),
};

Deno.test("weights hash: pinned, computed with sha256sum over the documented bytes", async () => {
  assertEquals(await weightsSha256([entry]), "f8d5471085b6e4a80beee210101d6efa373688d003d47fc9e8ff1d10abcd312d");
});

Deno.test("weights hash: every part of a weight counts, other state does not", async () => {
  const hash = await weightsSha256([entry]);
  const changes: Partial<StateEntry>[] = [
    { name: "steM" },
    { type: "int16" },
    { shape: [4] },
    { exponent: -6 },
    { bytes: Uint8Array.of(1, 2, 3, 5) },
  ];
  for (const change of changes) assertNotEquals(await weightsSha256([{ ...entry, ...change }]), hash);
  assertEquals(await weightsSha256([entry, { ...entry, name: "velocity", weights: false }]), hash);
});
