import { assert, assertEquals } from "@std/assert";
import { EOQ_LAYERS, NORM_LAYERS } from "../../../lib/exec/int8/layers.ts";
import { initialWeights } from "../../../lib/exec/int8/initialize.ts";
import { classifierLayout, Parameters, scalarLayout } from "../../../lib/exec/int8/parameters.ts";
import { InferencePass, TrainingPass } from "../../../lib/exec/int8/pass.ts";
import { createNetwork } from "../../../lib/exec/methods.ts";
import { type Batch, FULL_RATE, type NetworkOptions } from "../../../lib/exec/network.ts";
import { EOQ_RECIPE, type EoqRecipe } from "../../../lib/exec/recipe.ts";
import type { Kernels } from "../../../lib/native/kernels.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { lifetimesOf } from "../../../lib/native/memory.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { convolutions, type Plan } from "../../../lib/plan/plan.ts";
import { weightsSha256 } from "../../../lib/train/weights_hash.ts";
import { integers } from "../../kernels/int8/fixture.ts";
import { SMALL_PLANS } from "../plans.ts";

const BATCH = 5;

function batchOf({ height, width, channels, classes }: Plan, seed: number, count: number, mixed: boolean): Batch {
  const next = integers(seed);
  const classesOf = () => Int16Array.from({ length: count }, () => next(0, classes - 1));
  return {
    images: Uint8Array.from({ length: count * height * width * channels }, () => next(0, 255)),
    labels: classesOf(),
    count,
    ...mixed && { mixup: { partners: classesOf(), share: 100 } },
  };
}

/** The library, and what fills the memory in which its planned tensors lie. */
function watched(library: Library): { kernels: Kernels; poison: (seed: number) => void } {
  let arena: { handle: number; bytes: number } | undefined;
  const symbols = {
    ...library.symbols,
    eoq_tensor_create: (type: number, count: bigint | number) => {
      const handle = library.symbols.eoq_tensor_create(type, BigInt(count));
      sizes.set(handle, 8 * Number(count));
      return handle;
    },
    eoq_tensor_create_at: (handle: number, offset: bigint | number, type: number, count: bigint | number) => {
      arena = { handle, bytes: sizes.get(handle)! };
      return library.symbols.eoq_tensor_create_at(handle, BigInt(offset), type, BigInt(count));
    },
  };
  const sizes = new Map<number, number>();
  const poison = (seed: number) => {
    const { handle, bytes } = arena!;
    const next = integers(seed), from = Uint8Array.from({ length: bytes }, () => next(0, 255));
    library.check(library.symbols.eoq_tensor_write(handle, 0n, from, BigInt(bytes)));
  };
  const kernels: Kernels = {
    symbols,
    check: (status) => library.check(status),
    call: (kernel, words) => library.call(kernel, words),
  };
  return { kernels, poison };
}

/** What some steps end with, and the losses of evaluations among them. */
async function train(poisoned: boolean, method: "eoq" | "wageubn", options: Omit<NetworkOptions, "library">) {
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
    losses.push(
      (step === 7 ? network.traceStep!(batch, position).metrics : network.trainStep(batch, position)).lossSum,
    );
    if (step % 6 !== 2) continue;
    fill(2 * step + 1);
    losses.push(network.evaluate(batchOf(options.plan, 100, 3, false)).lossSum);
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

Deno.test("memory: whatever lies in it before a step or an evaluation changes nothing", async () => {
  for (const plan of SMALL_PLANS) {
    const shared = { plan, batch: BATCH, seed: 4 };
    for (const recipe of RECIPES) {
      const options = { ...shared, recipe };
      assertEquals(await train(true, "eoq", options), await train(false, "eoq", options), plan.model);
    }
    assertEquals(await train(true, "wageubn", shared), await train(false, "wageubn", shared), plan.model);
  }
});

/** The passes of a network of a method. */
function passesOf(library: Library, plan: Plan, batch: number, norm: boolean) {
  const layout = norm ? classifierLayout(plan) : scalarLayout(plan);
  const initial = initialWeights(plan, 1, EOQ_RECIPE);
  const norms = norm ? convolutions(plan).slice(0, -1) : [];
  const parameters = new Parameters(library, plan, { seed: 1, recipe: EOQ_RECIPE, batch, initial, layout, norms });
  const options = { library, plan, parameters, batch, layers: norm ? NORM_LAYERS : EOQ_LAYERS, inputOffset: 0 };
  return [new TrainingPass(options), new InferencePass(options)];
}

Deno.test("memory: a smaller batch needs its tensors when the largest does", async () => {
  using library = await openLibrary();
  for (const plan of SMALL_PLANS) {
    for (const pass of [...passesOf(library, plan, BATCH, false), ...passesOf(library, plan, BATCH, true)]) {
      assertEquals(lifetimesOf(pass.program(1)), lifetimesOf(pass.program(BATCH)), plan.model);
    }
  }
});

Deno.test("memory: plans of networks are as small as they can be, but for a tenth", async () => {
  using library = await openLibrary();
  const cifar = { height: 32, width: 32, channels: 3, classes: 10 };
  const plans = ["resnet-20", "lenet", "mlp", "resnet-110"].map((model) => buildPlan(model, cifar));
  for (const plan of [...SMALL_PLANS, ...plans]) {
    for (const batch of [1, 32]) {
      const exact: boolean[] = [];
      for (const pass of [...passesOf(library, plan, batch, false), ...passesOf(library, plan, batch, true)]) {
        const { bytes, lowerBound } = pass.memory;
        assert(bytes >= lowerBound && bytes <= 1.1 * lowerBound, `${plan.model}: ${bytes} bytes, bound ${lowerBound}`);
        exact.push(bytes === lowerBound);
      }
      assert(exact.includes(true), `${plan.model}: no plan is the smallest`);
    }
  }
});
