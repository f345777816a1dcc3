import { assert, assertEquals } from "@std/assert";
import { createNetwork } from "../../lib/exec/methods.ts";
import { FULL_RATE } from "../../lib/exec/network.ts";
import type { EoqRecipe } from "../../lib/exec/recipe.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { type Lifetime, lifetimesOf, planMemory } from "../../lib/native/memory.ts";
import { markSpare } from "../../lib/native/spare.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { batchOf } from "./batches.ts";

/** Images of which sums of the first stage are kept in the cache and those of the last are not. */
const BATCH = 9;
const PLAN = buildPlan("resnet-8", { height: 32, width: 32, channels: 3, classes: 10 });
const POISON = 0xa5;

/** Which bytes of an arena may be written to: all but those where spare tensors lie alone. */
function writable(lifetimes: readonly Lifetime[], bytes: number): Uint8Array {
  const { offsets } = planMemory(lifetimes), written = new Uint8Array(bytes);
  for (const { tensor, bytes, spare } of lifetimes) {
    const offset = offsets.get(tensor)!;
    if (!spare) written.fill(1, offset, offset + bytes);
  }
  return written;
}

/** A step in memory that is filled before: what is spare, and how many bytes are another where nothing writes. */
function train(library: Library, recipe: Partial<EoqRecipe>): { spare: number; alone: number; written: number } {
  let arena = 0, size = 0n;
  const symbols = {
    ...library.symbols,
    eoq_arena_create: (bytes: bigint | number) => {
      size = BigInt(bytes);
      return arena = library.symbols.eoq_arena_create(size);
    },
  };
  const kernels = { symbols, check: library.check.bind(library), call: library.call.bind(library) };
  const network = createNetwork("eoq", { library: kernels, plan: PLAN, batch: BATCH, seed: 1, recipe });
  const program = network.programs(BATCH).training, bytes = new Uint8Array(Number(size)).fill(POISON);
  library.check(symbols.eoq_tensor_write(arena, 0n, bytes, size));
  network.trainStep(batchOf(PLAN, 1, BATCH), { step: 0, rate: FULL_RATE });
  library.check(symbols.eoq_tensor_read(arena, 0n, bytes, size));
  const lifetimes = markSpare(library, program, lifetimesOf(program));
  const may = writable(lifetimes, bytes.length);
  network.close();
  return {
    spare: lifetimes.filter(({ spare }) => spare).length,
    alone: may.reduce((sum, each) => sum + 1 - each, 0),
    written: bytes.reduce((sum, each, i) => sum + Number(may[i] === 0 && each !== POISON), 0),
  };
}

Deno.test("spare: sums that stay in the cache leave their memory untouched, on every path that keeps them there", async () => {
  using library = await openLibrary({ threads: 2 });
  for (const { name } of library.isaPaths().filter(({ built, supported }) => built && supported)) {
    library.selectIsa(name);
    const { spare, alone, written } = train(library, {}), keeps = name !== "scalar";
    assertEquals(written, 0, name);
    assertEquals([spare > 0, alone > 0], [keeps, keeps], name);
  }
});

Deno.test("spare: sums of a quantizer that must see all of them first are none", async () => {
  using library = await openLibrary();
  for (const recipe of [{ exponents: "hindsight" }, { activationRounding: "stochastic" }] as const) {
    const { spare, written } = train(library, recipe);
    const { spare: all } = train(library, {});
    assert(spare < all, `${spare} of ${all}`);
    assertEquals(written, 0);
  }
});
