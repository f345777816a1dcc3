import { assert, assertEquals } from "@std/assert";
import { modelBytes } from "../../lib/arrays/onnx.ts";
import type { Method } from "../../lib/exec/methods.ts";
import type { EoqRecipe, InputEncoding } from "../../lib/exec/recipe.ts";
import { PAPER_RECIPE } from "../../lib/exec/recipe.ts";
import type { Network, StateEntry } from "../../lib/exec/network.ts";
import { graphOf } from "../../lib/export/onnx/write.ts";
import { randomBatches } from "../../lib/golden/images.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { PlanBuilder } from "../../lib/plan/builder.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { SMALL_PLANS } from "../exec/plans.ts";
import { integers } from "../kernels/int8/fixture.ts";
import { Inference, namesOf, trained } from "./networks.ts";
import { evaluate } from "./reader/evaluate.ts";
import { type OnnxModel, readModel, type Tensor } from "./reader/model.ts";

/** Images of a run; each is held against its own. */
const IMAGES = 3;

function modelOf(network: Network): OnnxModel {
  return readModel(modelBytes(graphOf(network).model("test", {})));
}

function batchOf({ height, width, channels }: Plan, count: number, images: Uint8Array): Tensor {
  return { type: "uint8", dims: [count, height, width, channels], data: Float64Array.from(images) };
}

/** The elements of an image of a batch, channels last. */
function imageOf({ dims, data }: Tensor, image: number): number[] {
  const [, channels, rows, columns] = dims as [number, number, number, number], pixels = rows * columns;
  const own = data.subarray(image * channels * pixels, (image + 1) * channels * pixels);
  return Array.from(own, (_, i) => own[i % channels * pixels + Math.floor(i / channels)]!);
}

/**
 * Holds every int8 tensor and the logits of every image against the network's own.
 *
 * @returns how many tensors are not in the graph, as no logit follows from them
 */
function assertSameIntegers(library: Library, network: Network, name: string, seed = 5): number {
  const { plan } = network, { images } = randomBatches(plan, IMAGES, seed)(0), model = modelOf(network);
  const tensors = evaluate(model, { images: batchOf(plan, IMAGES, images) }), logits = tensors.get("logits")!;
  assertEquals([logits.type, logits.dims], ["double", [IMAGES, plan.classes]], name);
  const inference = new Inference(library, network), size = images.length / IMAGES;
  let idle = 0;
  try {
    for (let image = 0; image < IMAGES; image++) {
      const own = inference.run(images.slice(image * size, (image + 1) * size)), activations = own.slice(0, -1);
      const written = namesOf(activations).map((name) => tensors.get(name));
      idle = written.filter((each) => each === undefined).length;
      activations.forEach(({ layer, kernel, values }, i) => {
        if (written[i] === undefined) return;
        const got = imageOf(written[i], image).map((byte) => byte - 128);
        assertEquals(got, values, `${name}, image ${image}: ${kernel} of ${layer}`);
      });
      const { values, exponent } = own.at(-1)!;
      const got = [...logits.data.subarray(image * plan.classes, (image + 1) * plan.classes)];
      assertEquals(got, values.map((value) => value * 2 ** exponent), `${name}, image ${image}: logits`);
    }
  } finally {
    inference.close();
  }
  return idle;
}

async function withNetwork(
  run: Parameters<typeof trained>[1],
  check: (library: Library, network: Network) => void,
): Promise<void> {
  using library = await openLibrary({ threads: 1 });
  const network = trained(library, run);
  try {
    check(library, network);
  } finally {
    network.close();
  }
}

const RECIPES: Readonly<Record<string, Partial<EoqRecipe>>> = {
  "default": {},
  "paper": PAPER_RECIPE,
  "weights 24": { weightBits: 24 },
  "narrow": { computeBits: 5, activationBits: 4 },
  "stochastic": { activationRounding: "stochastic", errorRounding: "stochastic", exponents: "hindsight" },
  "flag": { errorQuantizer: "flag", fixupZeros: false },
};

const RUNS: readonly (readonly [string, Method, Partial<EoqRecipe>, InputEncoding])[] = [
  ...Object.entries(RECIPES).map(([name, recipe]) => [name, "eoq", recipe, "half"] as const),
  ["centered", "eoq", {}, "centered"],
  ["default", "wageubn", {}, "half"],
  ["centered", "wageubn", {}, "centered"],
];

for (const plan of SMALL_PLANS) {
  Deno.test(`onnx: every integer of ${plan.model} is that of eoq, image by image`, async () => {
    for (const [name, method, recipe, input] of RUNS) {
      await withNetwork(
        { plan, method, recipe, input },
        (library, network) => assertSameIntegers(library, network, `${method}, ${name}`),
      );
    }
  });
}

/** Parameters as no training leaves them: scalars and weights that are random, with many extremes. */
function withExtremes(entries: readonly StateEntry[], seed: number): StateEntry[] {
  const next = integers(seed);
  return entries.map((entry) => {
    const { name, weights, type, exponent } = entry;
    if (!weights || type === "uint8" || name.endsWith(".fraction")) return entry;
    const bytes = new Uint8Array(entry.bytes), isNorm = name.endsWith(".norm");
    if (name === "scalars") {
      const scalars = new Int16Array(bytes.buffer);
      scalars.forEach((_, i) => scalars[i] = [next(-32767, 32767), 32767, -32767, 0, next(-3, 3)][next(0, 4)]!);
    } else if (name.endsWith(".running")) {
      const running = new Int32Array(bytes.buffer), half = running.length / 2;
      const largest = 2 ** next(1, 31) - 1;
      running.forEach((_, i) => running[i] = i < half ? next(-largest, largest) : next(0, largest));
    } else {
      const own = new Int8Array(bytes.buffer);
      own.forEach((_, i) => own[i] = [next(-127, 127), 127, -127, 0][next(0, 3)]!);
    }
    return { ...entry, bytes, exponent: name === "scalars" || isNorm || type !== "int8" ? exponent : next(-20, 4) };
  });
}

for (const method of ["eoq", "wageubn"] as const) {
  Deno.test(`onnx: with extreme parameters, too, every integer of ${method} is its own`, async () => {
    for (const plan of SMALL_PLANS) {
      await withNetwork({ plan, method }, (library, network) => {
        const state = network.state();
        for (let seed = 0; seed < 4; seed++) {
          network.restore(withExtremes(state, seed));
          assertSameIntegers(library, network, `${plan.model}, seed ${seed}`, seed);
        }
      });
    }
  });
}

Deno.test("onnx: black, white and equal images, and activations that are zero", async () => {
  const plan = SMALL_PLANS[1]!, size = plan.height * plan.width * plan.channels;
  await withNetwork({ plan, method: "eoq" }, (library, network) => {
    const state = network.state(), model = modelOf(network);
    const images = Uint8Array.from({ length: 3 * size }, (_, i) => [0, 255, 128][Math.floor(i / size)]!);
    const { data } = evaluate(model, { images: batchOf(plan, 3, images) }).get("logits")!;
    const inference = new Inference(library, network);
    for (let image = 0; image < 3; image++) {
      const { values, exponent } = inference.run(images.slice(image * size, (image + 1) * size)).at(-1)!;
      const own = [...data.subarray(image * plan.classes, (image + 1) * plan.classes)];
      assertEquals(own, values.map((value) => value * 2 ** exponent));
    }
    inference.close();
    network.restore(state.map((entry) => ({ ...entry, bytes: new Uint8Array(entry.bytes.length) })));
    assertSameIntegers(library, network, "all parameters zero");
    // No ReLU lets anything through, and what is added behind it is all that there is.
    const next = integers(1);
    for (let seed = 0; seed < 6; seed++) {
      network.restore(state.map((entry) => {
        const bytes = new Uint8Array(entry.bytes.length);
        if (entry.name === "scalars") {
          const scalars = new Int16Array(bytes.buffer);
          scalars.forEach((_, i) => scalars[i] = (seed + i) % 2 === 0 ? next(-32767, -1) : next(1, 32767));
        }
        return { ...entry, bytes };
      }));
      assertSameIntegers(library, network, `scalars alone, ${seed}`);
    }
  });
});

/** Float32 rounds to 24 bits, and sums are added in other orders. */
const FP32_TOLERANCE = 1e-4;

for (const method of ["fixup-fp32", "bn-fp32"] as const) {
  Deno.test(`onnx: the logits of ${method} are its own but for the order of sums`, async () => {
    for (const plan of SMALL_PLANS) {
      for (const input of ["half", "centered"] as const) {
        await withNetwork({ plan, method, input }, (library, network) => {
          const { images } = randomBatches(plan, IMAGES, 5)(0), size = images.length / IMAGES;
          const { type, data } = evaluate(modelOf(network), { images: batchOf(plan, IMAGES, images) }).get("logits")!;
          assertEquals(type, "float");
          const inference = new Inference(library, network);
          for (let image = 0; image < IMAGES; image++) {
            const { values } = inference.run(images.slice(image * size, (image + 1) * size)).at(-1)!;
            const scale = Math.max(...values.map(Math.abs));
            values.forEach((value, i) => {
              const got = data[image * plan.classes + i]!;
              assert(Math.abs(got - value) <= FP32_TOLERANCE * scale, `${plan.model}, ${input}: ${got}, ${value}`);
            });
          }
          inference.close();
        });
      }
    }
  });
}

Deno.test("onnx: the file says what it needs: standard operators of one version, bytes in, any number of images", async () => {
  const plan = new PlanBuilder("one", { height: 3, width: 4, channels: 2, classes: 3 })
    .conv({ name: "conv", outputs: 5, kernel: 3 }).flatten().build();
  await withNetwork({ plan, method: "eoq" }, (_, network) => {
    const graph = graphOf(network), metadata = { model: "one", classes: '["a","b","c"]' };
    const model = readModel(modelBytes(graph.model("one", { producer: ["eoq", "9"], metadata })));
    assertEquals([model.irVersion, [...model.opsets], model.producer], [8, [["", 17]], "eoq 9"]);
    assertEquals(model.inputs, [{ name: "images", type: "uint8", dims: ["batch", 3, 4, 2] }]);
    assertEquals(model.outputs, [{ name: "logits", type: "double", dims: ["batch", 3] }]);
    assertEquals(model.metadata, metadata);
    const names = model.operators.map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
    assert(model.operators.every(({ domain }) => domain === ""));
    const read = new Set([...model.operators.flatMap(({ inputs }) => inputs), "logits"]);
    const idle = [...model.initializers.keys(), ...names].filter((name) => !read.has(name));
    assertEquals(idle, []);
    const weights = model.initializers.get("classifier/weights")!;
    assertEquals([weights.type, weights.dims], ["uint8", [3, 5, 3, 4]]);
  });
});
