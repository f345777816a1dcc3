import { assertEquals } from "@std/assert";
import { createNetwork, type Method, METHODS, TRAITS } from "../../lib/exec/methods.ts";
import { FULL_RATE, type NetworkOptions } from "../../lib/exec/network.ts";
import type { EoqRecipe } from "../../lib/exec/recipe.ts";
import type { Kernels } from "../../lib/native/kernels.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { integers } from "../kernels/int8/fixture.ts";
import { batchOf } from "./batches.ts";
import { SMALL_PLANS } from "./plans.ts";

const BATCH = 5;

/** The library, and what fills the memory in which planned tensors lie: of a network, and of each of its lanes. */
function watched(library: Library): { kernels: Kernels; poison: (seed: number) => void } {
  const arenas = new Map<number, bigint>();
  const symbols = {
    ...library.symbols,
    eoq_arena_create: (bytes: bigint | number) => {
      const handle = library.symbols.eoq_arena_create(BigInt(bytes));
      arenas.set(handle, BigInt(bytes));
      return handle;
    },
    eoq_tensor_destroy: (handle: number) => {
      arenas.delete(handle);
      return library.symbols.eoq_tensor_destroy(handle);
    },
  };
  const poison = (seed: number) => {
    const next = integers(seed), period = 4099;
    const block = Uint8Array.from({ length: period }, () => next(0, 255));
    const most = [...arenas.values()].reduce((most, bytes) => bytes > most ? bytes : most, 0n);
    const from = new Uint8Array(Math.ceil(Number(most) / period) * period);
    for (let at = 0; at < from.length; at += period) from.set(block, at);
    for (const [handle, bytes] of arenas) {
      library.check(library.symbols.eoq_tensor_write(handle, 0n, from, bytes));
    }
  };
  const kernels: Kernels = {
    symbols,
    check: (status) => library.check(status),
    call: (kernel, words) => library.call(kernel, words),
  };
  return { kernels, poison };
}

/** What some steps end with, and the losses of evaluations among them. */
async function train(poisoned: boolean, method: Method, options: Omit<NetworkOptions, "library">) {
  using library = await openLibrary();
  const { kernels, poison } = watched(library);
  const network = createNetwork(method, { ...options, library: kernels });
  const losses: number[] = [];
  const fill = (seed: number) => {
    if (poisoned) poison(seed);
  };
  for (let step = 0; step < 12; step++) {
    fill(2 * step);
    const batch = batchOf(options.plan, step, step % 5 === 4 ? 2 : BATCH, step % 3 === 1);
    const position = { step, rate: FULL_RATE };
    const traced = step === 7 ? network.traceStep?.(batch, position).metrics : undefined;
    losses.push((traced ?? network.trainStep(batch, position)).lossSum);
    if (step % 6 !== 2) continue;
    fill(2 * step + 1);
    losses.push(network.evaluate(batchOf(options.plan, 100, 3)).lossSum);
  }
  const hash = await weightsSha256(network.state());
  network.close();
  return { hash, losses };
}

const RECIPES: readonly Partial<EoqRecipe>[] = [
  {},
  { errorQuantizer: "flag", errorRounding: "stochastic", fixupZeros: false },
  { exponents: "hindsight", activationRounding: "stochastic" },
];

const TRAINED = ["all", "last:2"] as const;

Deno.test("memory: whatever lies in it before a step or an evaluation changes nothing", async () => {
  for (const plan of SMALL_PLANS) {
    for (const method of METHODS) {
      for (const recipe of TRAITS[method].takesRecipe ? RECIPES : RECIPES.slice(0, 1)) {
        for (const trained of recipe === RECIPES[0] ? TRAINED : TRAINED.slice(0, 1)) {
          const options = { plan, batch: BATCH, seed: 4, recipe, train: trained };
          assertEquals(
            await train(true, method, options),
            await train(false, method, options),
            `${method} ${plan.model} ${trained}`,
          );
        }
      }
    }
  }
});
