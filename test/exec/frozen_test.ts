import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { createNetwork, type Method, METHODS, TRAITS } from "../../lib/exec/methods.ts";
import { FULL_RATE, type Network, type NetworkOptions, type StateEntry } from "../../lib/exec/network.ts";
import { outlineOf } from "../../lib/exec/outline.ts";
import { fixupLayout } from "../../lib/exec/fixup.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import type { Call } from "../../lib/native/program.ts";
import { flatten, LAYOUTS } from "../../lib/native/words.ts";
import { layerConvolutions, type LayerPlan, type Plan } from "../../lib/plan/plan.ts";
import { firstTrained, type Trained, trainedPart } from "../../lib/plan/trained.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { batchOf } from "./batches.ts";
import { SMALL_PLANS } from "./plans.ts";

const BATCH = 3;
/** Branches of zeros would need more steps to learn anything from noise. */
const RECIPE = { fixupZeros: false, fixupScaling: false };
const FIXUP = METHODS.filter((method) => TRAITS[method].norm === "fixup");
const INT8 = METHODS.filter((method) => TRAITS[method].arithmetic === "int8");

type Options = Partial<NetworkOptions> & { readonly train: Trained };

function withNetwork<T>(
  library: Library,
  method: Method,
  plan: Plan,
  options: Options,
  use: (network: Network) => T,
): T {
  const network = createNetwork(method, { library, plan, batch: BATCH, seed: 6, recipe: RECIPE, ...options });
  try {
    return use(network);
  } finally {
    network.close();
  }
}

/** A few steps, whose weights are no longer those of the start in any layer. */
function trainSome(network: Network, steps = 5, first = 0): StateEntry[] {
  for (let step = first; step < first + steps; step++) {
    network.trainStep(batchOf(network.plan, step, step % 3 === 2 ? 1 : BATCH), { step, rate: FULL_RATE });
  }
  return network.state();
}

/** Weights of a method that was trained as a whole. */
const trainedWeights = (library: Library, method: Method, plan: Plan, options: Partial<NetworkOptions> = {}) =>
  withNetwork(library, method, plan, { train: "all", ...options }, (network) => trainSome(network));

const layersOf = (plan: Plan) => trainedPart(plan, "all").layers;

/** Every number of last layers but that of all. */
const partsOf = (plan: Plan): Trained[] => [
  "classifier",
  ...layersOf(plan).slice(1).map((_, i) => `last:${i + 1}` as const),
];

/** Whether an entry's name or a call's layer belongs to one of some layers. */
const isOf = (layers: readonly string[]) => (name: string) => layers.some((layer) => name.startsWith(`${layer}.`));

/** Elements of the scalars entry that are frozen with all but the last `count` layers. */
function frozenScalars(method: Method, plan: Plan, trained: readonly string[]): (index: number) => boolean {
  const { convs, blocks, pool, classifier, biases } = fixupLayout(plan, method === "eoq" ? plan.classes : 0);
  const isTrained = isOf(trained), learnt = new Set<number>();
  let last: string | undefined;
  for (const [conv, { input, output }] of convs) {
    const own = trained.includes(conv.name) || isTrained(conv.name);
    if (own) learnt.add(output);
    // The bias in front of the first trained convolution is not.
    if (own && last !== undefined) learnt.add(input);
    last = own ? conv.name : last;
  }
  if (last !== undefined) learnt.add(pool);
  for (let i = classifier; i < biases; i++) learnt.add(i);
  for (const [block, scale] of blocks) if (trained.includes(block.name)) learnt.add(scale);
  return (index) => !learnt.has(index);
}

const same = (a: Uint8Array, b: Uint8Array) => a.every((each, i) => each === b[i]);

function numbersOf({ type, bytes }: StateEntry): number[] {
  const { buffer } = new Uint8Array(bytes);
  return [...type === "int16" ? new Int16Array(buffer) : new Float32Array(buffer)];
}

Deno.test("frozen: to train as many last layers as there are is to train all", async () => {
  using library = await openLibrary();
  for (const plan of SMALL_PLANS) {
    for (const method of METHODS) {
      const whole = trainedWeights(library, method, plan), train = `last:${layersOf(plan).length}` as const;
      assertEquals(trainedWeights(library, method, plan, { train }), whole, `${method} ${plan.model}`);
      const programs = [train, "all" as const].map((train) => {
        const { training, bytes } = outlineOf(method, { plan, batch: BATCH, train });
        return [bytes, training.calls.map(({ kernel, layer, phase }) => [kernel, layer, phase])];
      });
      assertEquals(programs[0], programs[1]);
    }
  }
});

Deno.test("frozen: weights, norms, scalars and running statistics below keep their bits, all others move", async () => {
  using library = await openLibrary();
  for (const plan of SMALL_PLANS) {
    for (const method of METHODS) {
      const start = trainedWeights(library, method, plan);
      for (const train of partsOf(plan)) {
        const { layers } = trainedPart(plan, train),
          isTrained = isOf(layers),
          frozen = frozenScalars(method, plan, layers);
        const end = withNetwork(library, method, plan, { train }, (network) => {
          network.adopt(start, true);
          return trainSome(network, 12);
        });
        const what = (name: string) => `${method} ${plan.model} ${train} ${name}`;
        const moved = new Set<string>();
        for (const { name, bytes, weights } of start.filter(({ name }) => name !== "exponents")) {
          if (name.startsWith("scalars")) continue;
          const after = end.find((entry) => entry.name === name)?.bytes;
          if (isTrained(name)) {
            if (weights && !same(after!, bytes)) moved.add(layers.find((layer) => name.startsWith(`${layer}.`))!);
          } else assertEquals(after, weights ? bytes : undefined, what(name));
        }
        assertEquals([...moved], [...layers], what("layers that learn nothing"));
        if (TRAITS[method].norm !== "fixup") continue;
        const [before, after] = [start, end].map((state) => numbersOf(state.find(({ name }) => name === "scalars")!));
        assertEquals(after!.filter((_, i) => frozen(i)), before!.filter((_, i) => frozen(i)), what("scalars"));
        const free = before!.map((_, i) => i).filter((i) => !frozen(i));
        assert(free.length === 0 || free.some((i) => before![i] !== after![i]), what("no scalar moves"));
      }
    }
  }
});

Deno.test("frozen: the first step moves what is trained as it does where all is, without norms of the batch", async () => {
  using library = await openLibrary();
  for (const plan of SMALL_PLANS) {
    for (const method of FIXUP) {
      const start = trainedWeights(library, method, plan);
      const step = (train: Trained) =>
        withNetwork(library, method, plan, { train }, (network) => {
          network.adopt(start, true);
          const { lossSum } = network.trainStep(batchOf(plan, 40, BATCH), { step: 0, rate: FULL_RATE });
          return { lossSum, state: new Map(network.state().map((entry) => [entry.name, entry])) };
        });
      const whole = step("all");
      for (const train of partsOf(plan)) {
        const { layers } = trainedPart(plan, train), isTrained = isOf(layers), part = step(train);
        assertEquals(part.lossSum, whole.lossSum);
        for (const [name, entry] of whole.state) {
          if (isTrained(name)) assertEquals(part.state.get(name), entry, `${method} ${plan.model} ${train} ${name}`);
        }
        const frozen = frozenScalars(method, plan, layers);
        const scalars = (state: ReadonlyMap<string, StateEntry>) => numbersOf(state.get("scalars")!);
        const expected = scalars(whole.state).map((each, i) =>
          frozen(i) ? numbersOf(start.find(({ name }) => name === "scalars")!)[i] : each
        );
        assertEquals(scalars(part.state), expected, `${method} ${plan.model} ${train}`);
      }
    }
  }
});

Deno.test("frozen: the layers below compute what inference does, norms by their running statistics", async () => {
  using library = await openLibrary();
  for (const plan of SMALL_PLANS) {
    for (const method of METHODS) {
      const start = trainedWeights(library, method, plan);
      withNetwork(library, method, plan, { train: "classifier", batch: 1 }, (network) => {
        network.adopt(start, true);
        const batch = batchOf(plan, 50, 1), inferred = network.evaluate(batch);
        assertEquals(network.trainStep(batch, { step: 0, rate: 1 }), inferred, `${method} ${plan.model}`);
      });
    }
  }
});

/** Names of the tensors that a call writes and no frozen layer has a use for. */
const FOR_THE_WAY_BACK = ["mask", "y_mask", "places", "xhat", "inverse", "mean", "inverse_std", "running"];

/** Names of a layer's calls, but for norms. */
function namesOf(layer: LayerPlan): string[] {
  return layer.kind === "max-pool" ? [layer.pool.name] : layerConvolutions(layer).map(({ name }) => name);
}

function writtenBy({ kernel, words }: Call): string[] {
  return flatten(kernel, words).flatMap((value, i) => {
    const { name, kind } = LAYOUTS[kernel][i]!;
    return value !== undefined && typeof value !== "number" && /out/.test(kind) ? [name] : [];
  });
}

Deno.test("frozen: no call goes back, updates or keeps anything below, and a step holds less", () => {
  for (const plan of SMALL_PLANS) {
    for (const method of METHODS) {
      let before = outlineOf(method, { plan, batch: BATCH }).bytes;
      for (const train of partsOf(plan).toReversed()) {
        const { training, bytes } = outlineOf(method, { plan, batch: BATCH, train });
        const frozen = plan.layers.slice(0, firstTrained(plan, train)).flatMap(namesOf);
        const ofFrozen = training.calls.filter(({ layer }) => frozen.includes(layer.replace(/\.norm$/, "")));
        assert(ofFrozen.length >= frozen.length);
        for (const call of ofFrozen) {
          const { layer, phase, kernel } = call;
          assertEquals(phase, "forward", `${method} ${plan.model} ${train} ${layer} ${kernel}`);
          assertEquals(writtenBy(call).filter((name) => FOR_THE_WAY_BACK.includes(name)), []);
        }
        assert(bytes.optimizer <= before.optimizer && bytes.activations <= before.activations, `${method} ${train}`);
        assertEquals(bytes.parameters, before.parameters);
        before = bytes;
      }
    }
  }
});

Deno.test("frozen: one weights hash on every path and thread count, and restored in the middle", async () => {
  const plan = SMALL_PLANS[0]!, options = { train: "last:3" } as const;
  for (const method of INT8) {
    const hash = async (library: Library, steps: readonly number[]) => {
      let state: StateEntry[] | undefined, done = 0;
      for (const count of steps) {
        state = withNetwork(library, method, plan, options, (network) => {
          if (state !== undefined) network.restore(state);
          const from = done;
          done += count;
          return trainSome(network, count, from);
        });
      }
      return await weightsSha256(state!);
    };
    using scalar = await openLibrary({ isa: "scalar", threads: 1 });
    const expected = await hash(scalar, [8]);
    assertEquals(await hash(scalar, [3, 5]), expected);
    using library = await openLibrary();
    for (const { name } of library.isaPaths().filter((path) => path.built && path.supported)) {
      for (const threads of [1, 3]) {
        using other = await openLibrary({ isa: name, threads });
        assertEquals(await hash(other, [8]), expected, `${method} ${name} ${threads}`);
      }
    }
    assertNotEquals(await weightsSha256(trainedWeights(scalar, method, plan)), expected);
  }
});

Deno.test("frozen: more layers than there are are refused", async () => {
  using library = await openLibrary();
  for (const method of METHODS) {
    const create = () => withNetwork(library, method, SMALL_PLANS[1]!, { train: "last:6" }, () => {});
    assertThrows(create, RangeError, "last:6: resnet-8 has 5 layers with weights");
  }
});
