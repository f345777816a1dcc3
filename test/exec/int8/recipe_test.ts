import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { createEoqNetwork } from "../../../lib/exec/int8/eoq_network.ts";
import { initialWeights } from "../../../lib/exec/int8/initialize.ts";
import { scalarLayout } from "../../../lib/exec/int8/parameters.ts";
import { type Batch, FULL_RATE, type StateEntry } from "../../../lib/exec/network.ts";
import { type EoqRecipe, PAPER_RECIPE } from "../../../lib/exec/recipe.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { convolutions } from "../../../lib/plan/plan.ts";
import { integers } from "../../kernels/int8/fixture.ts";

const BATCH = 4;
const plan = buildPlan("resnet-8", { height: 8, width: 8, channels: 3, classes: 3 });

/** Random images of random classes. */
function batchOf(next: (low: number, high: number) => number): Batch {
  const images = Uint8Array.from({ length: BATCH * 8 * 8 * 3 }, () => next(0, 255));
  return { images, labels: Int16Array.from({ length: BATCH }, () => next(0, 2)), count: BATCH };
}

/** The state after some steps on random images. */
async function stateAfter(steps: number, recipe: Partial<EoqRecipe>): Promise<StateEntry[]> {
  using library = await openLibrary();
  const network = createEoqNetwork({ library, plan, batch: BATCH, seed: 1, recipe });
  const next = integers(5);
  for (let step = 0; step < steps; step++) {
    network.trainStep(batchOf(next), { step, rate: FULL_RATE });
  }
  const state = network.state();
  network.close();
  return state;
}

const entry = (state: readonly StateEntry[], name: string) => state.find((each) => each.name === name)!;
const values = ({ bytes }: StateEntry) => [...new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
const scalarsOf = (state: readonly StateEntry[]) => [...new Int16Array(entry(state, "scalars").bytes.slice().buffer)];

Deno.test("Fixup's biases and scales stay as they are where they are off; the classifier's biases move", async () => {
  const { classifier, biases } = scalarLayout(plan);
  const parts = async (recipe: Partial<EoqRecipe>) => {
    const scalars = scalarsOf(await stateAfter(60, recipe));
    return [scalars.slice(0, classifier), scalars.slice(classifier, biases), scalars.slice(biases)];
  };
  const moved = async (recipe: Partial<EoqRecipe>) =>
    (await parts(recipe)).map((part, i) => part.some((value) => value !== (i === 2 ? 8192 : 0)));
  assertEquals(await moved({}), [true, true, true]);
  assertEquals(await moved({ fixupBiases: false }), [false, true, true]);
  assertEquals(await moved({ fixupScales: false }), [true, true, false]);
});

Deno.test("weights that are computed with fewer bits keep within them, on steps as much coarser", async () => {
  const [state, narrow] = [await stateAfter(8, {}), await stateAfter(8, { computeBits: 4, weightBits: 16 })];
  assert(values(narrow[0]!).some((weight) => weight !== 0));
  for (const each of narrow.filter(({ name }) => name.endsWith(".weights"))) {
    assert(values(each).every((weight) => Math.abs(weight) <= 7), each.name);
    assertEquals(each.exponent, entry(state, each.name).exponent + 4);
  }
});

Deno.test("the first weights of a branch are Fixup's, or He's where that is off", async () => {
  const largest = (entry: StateEntry) => Math.max(...values(entry)) * 2 ** entry.exponent;
  const weights = (state: readonly StateEntry[]) => state.filter(({ name }) => name.endsWith(".weights"));
  const [fixup, he] = [
    weights(await stateAfter(0, PAPER_RECIPE)),
    weights(await stateAfter(0, { ...PAPER_RECIPE, fixupScaling: false, fixupZeros: false })),
  ];
  const [stem, first, last] = [0, 1, 2].map((i) => [largest(fixup[i]!), largest(he[i]!)] as const);
  assertEquals(stem![0], stem![1]);
  assert(first![1] > 1.5 * first![0], "3 blocks of 2 convolutions: sqrt(3)");
  assert(last![0] === 0 && last![1] > 0);
});

Deno.test("branches start as many times larger as asked, up to He's deviation", async () => {
  const first = async (recipe: Partial<EoqRecipe>) =>
    (await stateAfter(0, { ...PAPER_RECIPE, ...recipe })).filter(({ name }) => name.endsWith("conv1.weights"))
      .map(values);
  const deviation = ({ bytes, exponent }: StateEntry) => {
    const all = values({ bytes } as StateEntry);
    return Math.sqrt(all.reduce((sum, q) => sum + q * q, 0) / all.length) * 2 ** exponent;
  };
  const of = async (branchGain: number) =>
    (await stateAfter(0, { ...PAPER_RECIPE, branchGain })).filter(({ name }) => name.endsWith("conv1.weights"))
      .map(deviation);
  const [half, one, more] = [await of(8), await of(16), await of(24)];
  one.forEach((each, i) => {
    assert(Math.abs(half[i]! / each - 0.5) < 0.02, `${half[i]} of ${each}`);
    assert(Math.abs(more[i]! / each - 1.5) < 0.02, `${more[i]} of ${each}`);
  });
  const he = await first({ fixupScaling: false });
  assertEquals(await first({ branchGain: 28 }), he, "sqrt(3) for three blocks");
  assertEquals(await first({ branchGain: 65535 }), he);
  assertNotEquals(await first({ branchGain: 27 }), he);
  assertEquals(await first({ branchGain: 0 }), await first({ branchGain: 48 }), "three blocks are few");
});

Deno.test("the classifier starts at the deviation that is asked for, in steps that have room for 1", async () => {
  const classifier = async (recipe: Partial<EoqRecipe>) =>
    (await stateAfter(0, recipe)).find(({ name }) => name === "classifier.weights")!;
  for (const [classifierGain, exponent] of [[8, -7], [16, -7], [64, -6]] as const) {
    const entry = await classifier({ classifierGain }), inputs = entry.shape.at(-1)!;
    const all = values(entry), channel = all.length / entry.shape[0]!;
    const rms = Math.sqrt(all.reduce((sum, q) => sum + q * q, 0) / all.length) * 2 ** entry.exponent;
    // So few weights of a mean of zero are off by as many deviations of their own.
    const asked = classifierGain / 16 / Math.sqrt(inputs) * Math.sqrt(1 - 1 / channel);
    assert(Math.abs(rms / asked - 1) < 3 / Math.sqrt(2 * all.length), `${rms}, asked ${asked}`);
    assertEquals(entry.exponent, exponent);
  }
  assert(values(await classifier(PAPER_RECIPE)).every((q) => q === 0));
});

Deno.test("branches of more than 27 blocks start as Fixup's where the depth decides", () => {
  const [shallow, deep] = ["resnet-56", "resnet-110"].map((model) => {
    const plan = buildPlan(model, { height: 8, width: 8, channels: 3, classes: 3 });
    const first = (branchGain: number) =>
      initialWeights(plan, 1, { ...PAPER_RECIPE, branchGain }).get(convolutions(plan)[1]!)!;
    return { byDepth: first(0), once: first(16), thrice: first(48) };
  });
  assertEquals(shallow!.byDepth, shallow!.thrice);
  assertEquals(deep!.byDepth, deep!.once);
  assertNotEquals(deep!.once, deep!.thrice);
});

Deno.test("centred weights start with a mean of zero in each output channel", async () => {
  const means = async (centredWeights: boolean) =>
    (await stateAfter(0, { centredWeights })).filter(({ name }) => /stem|conv1/.test(name) && name.endsWith(".weights"))
      .flatMap((entry) => {
        const all = values(entry), channel = all.length / entry.shape[0]!;
        return Array.from(
          { length: entry.shape[0]! },
          (_, k) => all.slice(k * channel, (k + 1) * channel).reduce((sum, q) => sum + q, 0) / channel,
        );
      });
  // What is left is the mean of as many roundings.
  assert((await means(true)).every((mean) => Math.abs(mean) < 0.3));
  assert((await means(false)).some((mean) => Math.abs(mean) > 2));
});

Deno.test("with feedback and no gradient, weights and their momentum move by nothing but what they held", async () => {
  const sums = async (recipe: Partial<EoqRecipe>, nesterov = false) => {
    using library = await openLibrary();
    const network = createEoqNetwork({ library, plan, batch: BATCH, seed: 1, recipe, nesterov });
    const momenta = (state: readonly StateEntry[]) =>
      new Int32Array(entry(state, "classifier.momentum").bytes.slice().buffer);
    const held = () => {
      const state = network.state(), v = momenta(state);
      return values(entry(state, "classifier.weights")).map((q, i) => q * 4096 - v[i]!);
    };
    const next = integers(5);
    for (let step = 0; step < 30; step++) network.trainStep(batchOf(next), { step, rate: FULL_RATE });
    const before = held();
    // A rate of 2^-16 of the first leaves nothing of a gradient.
    for (let step = 30; step < 60; step++) network.trainStep(batchOf(next), { step, rate: 1 });
    const after = held();
    network.close();
    return before.map((each, i) => after[i]! - each);
  };
  const kept = await sums({}), lost = await sums({ errorFeedback: false });
  const ahead = await sums({}, true);
  for (const moves of [kept, ahead]) {
    assert(moves.every((moved) => Math.abs(moved) < 64), String(Math.max(...moves.map(Math.abs))));
  }
  assert(lost.some((moved) => Math.abs(moved) > 512));
});

Deno.test("weight decay pulls weights to zero, faster the smaller its shift", async () => {
  const sum = async (weightDecayShift: number) => {
    const state = await stateAfter(40, { weightBits: 16, weightDecayShift });
    return values(state[0]!).reduce((total, weight) => total + Math.abs(weight), 0);
  };
  const [none, weak, strong] = [await sum(0), await sum(7), await sum(4)];
  assert(strong < weak && weak < none, `${strong} ${weak} ${none}`);
});

Deno.test("inference rounds to nearest with the exact exponent, whatever training does", async () => {
  using library = await openLibrary();
  const state = await stateAfter(60, {});
  const batch = batchOf(integers(9));
  const losses = (recipe: Partial<EoqRecipe>) => {
    const network = createEoqNetwork({ library, plan, batch: BATCH, seed: 1, recipe });
    network.restore([...state, ...network.state().filter(({ name }) => name === "exponents")]);
    const trained = network.trainStep(batch, { step: 0, rate: 1 }).lossSum;
    network.restore([...state, ...network.state().filter(({ name }) => name === "exponents")]);
    const found = { trained, inferred: network.evaluate(batch).lossSum };
    network.close();
    return found;
  };
  const [plain, random] = [losses({}), losses({ activationRounding: "stochastic" })];
  assertEquals(random.inferred, plain.inferred);
  assertNotEquals(random.trained, plain.trained);
  assertEquals(losses({ exponents: "hindsight" }), plain, "there is no step before the first");
});

Deno.test("hindsight goes on from the exponents of the state, which no other recipe has", async () => {
  using library = await openLibrary();
  assertEquals((await stateAfter(1, {})).find(({ name }) => name === "exponents"), undefined);
  const state = await stateAfter(20, { exponents: "hindsight" });
  const measured = [...new Int32Array(entry(state, "exponents").bytes.slice().buffer)];
  assert(measured.filter((exponent) => exponent > -64 && exponent < 64).length > 20);
  const lossFrom = (move: number) => {
    const network = createEoqNetwork({ library, plan, batch: BATCH, seed: 1, recipe: { exponents: "hindsight" } });
    const bytes = new Uint8Array(Int32Array.from(measured, (exponent) => exponent + move).buffer);
    network.restore(state.map((each) => each.name === "exponents" ? { ...each, bytes } : each));
    const { lossSum } = network.trainStep(batchOf(integers(9)), { step: 20, rate: FULL_RATE });
    assertThrows(() => network.restore(state.slice(0, -1)), RangeError, `"exponents" is missing`);
    network.close();
    return lossSum;
  };
  assertNotEquals(lossFrom(0), lossFrom(1));
});
