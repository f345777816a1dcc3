import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { EOQ_LAYERS, type MethodLayers, NORM_LAYERS } from "../../../lib/exec/int8/layers.ts";
import { Parameters, scalarLayout } from "../../../lib/exec/int8/parameters.ts";
import { InferencePass } from "../../../lib/exec/int8/pass.ts";
import { createNetwork } from "../../../lib/exec/methods.ts";
import { type Batch, FULL_RATE, type NetworkOptions } from "../../../lib/exec/network.ts";
import { EOQ_RECIPE } from "../../../lib/exec/recipe.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { convElements, convolutions, type Plan } from "../../../lib/plan/plan.ts";
import { integers } from "../../kernels/int8/fixture.ts";
import { SMALL_PLANS } from "../plans.ts";

const BATCH = 5;

function randomBatch({ height, width, channels, classes }: Plan): Batch {
  const next = integers(3);
  return {
    images: Uint8Array.from({ length: BATCH * height * width * channels }, () => next(0, 255)),
    labels: Int16Array.from({ length: BATCH }, () => next(0, classes - 1)),
    count: BATCH,
  };
}

/** Loss of evaluation and then of training steps on the same images, `size` at a time, after some steps on all. */
async function losses(
  method: "eoq" | "wageubn",
  plan: Plan,
  rates: readonly number[],
  size: number,
  options: Partial<NetworkOptions>,
) {
  using library = await openLibrary();
  const network = createNetwork(method, { library, plan, batch: BATCH, seed: 2, ...options });
  const batch = randomBatch(plan);
  rates.forEach((rate, step) => network.trainStep(batch, { step, rate }));
  const evaluated = network.evaluate(batch).lossSum;
  const pixels = batch.images.length / BATCH, state = network.state();
  let trained = 0;
  for (let first = 0; first < BATCH; first += size) {
    const images = batch.images.subarray(first * pixels), labels = batch.labels.subarray(first);
    network.restore(state);
    trained += network.trainStep({ images, labels, count: size }, { step: rates.length, rate: 1 }).lossSum;
  }
  network.close();
  return { evaluated, trained };
}

const fast = (steps: number) => new Array<number>(steps).fill(FULL_RATE);

Deno.test("layers of evaluation that share their memory compute what those of training do at batch 1", async () => {
  for (const plan of SMALL_PLANS) {
    for (const recipe of [{}, { activationBits: 6, fixupZeros: false }]) {
      const { evaluated, trained } = await losses("eoq", plan, fast(20), 1, { recipe });
      assert(Math.abs(evaluated / BATCH - Math.log(plan.classes)) > 0.01, `${plan.model}: nothing was learnt`);
      assertEquals(evaluated, trained, `${plan.model} ${JSON.stringify(recipe)}`);
    }
  }
});

Deno.test("evaluation of wageubn is its training once the running statistics are those of the batch", async () => {
  for (const plan of SMALL_PLANS.slice(0, 2)) {
    const { evaluated, trained } = await losses(
      "wageubn",
      plan,
      [...fast(10), ...new Array<number>(80).fill(1)],
      BATCH,
      {},
    );
    assertAlmostEquals(evaluated, trained, 0.05 * BATCH, plan.model);
  }
});

Deno.test("evaluation of a deep network holds few activations: those of a block, not those of all layers", async () => {
  using library = await openLibrary();
  const plan = buildPlan("resnet-50", { height: 64, width: 64, channels: 3, classes: 4 });
  const batch = 1;
  const all = convolutions(plan);
  const initial = new Map(
    all.map((conv) => [conv, { values: new Int8Array(convElements(conv).weights), exponent: -7 }]),
  );
  const elements = all.map(convElements);
  const widest = Math.max(...elements.flatMap(({ input, output }) => [input, output]));
  const made = (layers: MethodLayers, norms: typeof all) => {
    const layout = scalarLayout(plan);
    const parameters = new Parameters(library, plan, { seed: 1, recipe: EOQ_RECIPE, batch, initial, layout, norms });
    const pass = new InferencePass({ library, plan, parameters, layers, inputOffset: 0 });
    const bytes = pass.byteLength;
    pass.close();
    parameters.close();
    return bytes;
  };
  for (const bytes of [made(EOQ_LAYERS, []), made(NORM_LAYERS, all.slice(0, -1))]) {
    // Images as bytes and as int8, int32 sums, and at most five activations at a time.
    const bound = batch * (2 * 64 * 64 * 3 + 4 * widest + 5 * widest) + 100_000;
    assert(bytes <= bound, `${bytes} bytes, bound ${bound}`);
  }
});
