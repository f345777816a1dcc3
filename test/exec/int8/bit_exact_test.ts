import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createNetwork, type Method } from "../../../lib/exec/methods.ts";
import { mixReversed } from "../../../lib/data/mixup.ts";
import { type Batch, FULL_RATE, type Network, type NetworkOptions } from "../../../lib/exec/network.ts";
import { PAPER_RECIPE } from "../../../lib/exec/recipe.ts";
import { type Library, type LibraryOptions, openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { weightsSha256 } from "../../../lib/train/weights_hash.ts";
import { integers } from "../../kernels/int8/fixture.ts";

/** A network of odd sizes, and one whose first stage is large enough to be quantized in the cache. */
const SMALL = { height: 13, width: 10, batch: 6 };
const LARGE = { height: 16, width: 16, batch: 36 };
type Size = typeof SMALL;

const STEPS = 8;

/** An int8 method, whether its images are mixed and labels smoothed, and what of its options differs from the defaults. */
interface Variant extends Pick<Partial<NetworkOptions>, "recipe" | "input" | "train" | "nesterov"> {
  readonly method?: Method;
  readonly mixup?: true;
  readonly smoothing?: number;
}

const create = (
  library: Library,
  seed: number,
  size: Size,
  { method = "eoq", recipe, input, train, nesterov }: Variant,
) =>
  createNetwork(method, {
    library,
    plan: planOf(size),
    batch: size.batch,
    seed,
    ...recipe && { recipe },
    ...input && { input },
    ...train && { train },
    ...nesterov && { nesterov },
  });

const planOf = ({ height, width }: Size) => buildPlan("resnet-8", { height, width, channels: 3, classes: 4 });

/** Images whose brightest colour is their class: learnable in a few steps. */
function batches({ height, width, batch }: Size, { mixup, smoothing = 0 }: Variant = {}): Batch[] {
  const next = integers(7);
  const pixels = height * width * 3;
  return Array.from({ length: STEPS }, (_, step) => {
    const count = step === STEPS - 1 ? batch - 1 : batch;
    const labels = Int16Array.from({ length: count }, () => next(0, 3));
    const images = Uint8Array.from(
      { length: count * pixels },
      (_, i) => next(0, 80) + (i % 3 === labels[Math.floor(i / pixels)] ? 150 : 0),
    );
    if (!mixup) return { images, labels, count, smoothing };
    const share = 129 + 31 * (step % 4);
    mixReversed(images, pixels, share);
    return { images, labels, count, smoothing, mixup: { partners: labels.toReversed(), share } };
  });
}

function trainSteps(
  library: Library,
  seed: number,
  size: Size,
  variant: Variant = {},
): { hash: Promise<string>; losses: number[] } {
  const network = create(library, seed, size, variant);
  const losses = batches(size, variant).map((batch, step) =>
    network.trainStep(batch, { step, rate: FULL_RATE >> 2 * Math.floor(step / 3) }).lossSum / batch.count
  );
  const hash = weightsSha256(network.state());
  network.close();
  return { hash, losses };
}

async function hashWith(options: LibraryOptions, size = SMALL, variant: Variant = {}): Promise<string> {
  using library = await openLibrary(options);
  return await trainSteps(library, 3, size, variant).hash;
}

Deno.test("training gives one weights hash on every path and thread count", async () => {
  using library = await openLibrary();
  for (const size of [SMALL, LARGE]) {
    const expected = await hashWith({ isa: "scalar", threads: 1 }, size);
    for (const { name } of library.isaPaths().filter((path) => path.built && path.supported)) {
      for (const threads of [1, 2, 5]) {
        assertEquals(await hashWith({ isa: name, threads }, size), expected, `${name} ${threads}`);
      }
    }
    assertNotEquals(await trainSteps(library, 4, size).hash, expected);
  }
});

/** What leaves the default's kernels. */
const VARIANTS: readonly Variant[] = [
  { recipe: PAPER_RECIPE },
  { recipe: { errorFeedback: false } },
  { recipe: { centredGradients: false } },
  { recipe: { updateRounding: "nearest", weightDecayShift: 9 } },
  { recipe: { weightBits: 16 } },
  { recipe: { momentumBits: 16 } },
  { recipe: { momentumBits: 16, errorFeedback: false, weightDecayShift: 9 } },
  { recipe: { momentumBits: 16, weightBits: 16, updateRounding: "nearest" } },
  { recipe: { momentumBits: 16, weightBits: 24 } },
  { recipe: { weightBits: 24, weightDecayShift: 10 } },
  { recipe: { computeBits: 6, gradientBits: 5, gradientRounding: "nearest", momentumShift: 2 } },
  { recipe: { weightBits: 16, updateBits: 7, updateRounding: "nearest", scalarRate: 2048, fixupScaling: false } },
  { recipe: { activationBits: 6, errorBits: 5 } },
  { recipe: { activationBits: 6, errorBits: 5, errorRounding: "stochastic" } },
  { recipe: { activationRounding: "stochastic" } },
  { mixup: true, recipe: { logitErrorRounding: "stochastic" } },
  { recipe: { exponents: "hindsight" } },
  { recipe: { errorQuantizer: "flag", fixupZeros: false } },
  { recipe: { gradientQuantizer: "constant", fixupZeros: false } },
  { recipe: { fixupBiases: false, fixupScales: false } },
  { method: "wageubn" },
  { mixup: true },
  { mixup: true, method: "wageubn" },
  { smoothing: 26 },
  { smoothing: 26, mixup: true, recipe: { logitErrorRounding: "stochastic" } },
  { smoothing: 26, recipe: { errorQuantizer: "flag", fixupZeros: false } },
  { smoothing: 26, method: "wageubn" },
  { nesterov: true },
  { nesterov: true, recipe: { weightDecayShift: 9, updateRounding: "nearest" } },
  { nesterov: true, recipe: PAPER_RECIPE },
  { nesterov: true, recipe: { weightBits: 16, momentumBits: 16 } },
  { nesterov: true, recipe: { momentumBits: 16, momentumShift: 2 } },
  { nesterov: true, method: "wageubn" },
  { train: "classifier" },
  { train: "last:2" },
  { train: "last:4", mixup: true, recipe: { errorQuantizer: "flag", fixupZeros: false, exponents: "hindsight" } },
  { train: "last:3", method: "wageubn" },
];

Deno.test("every recipe and method gives a hash of its own, the same on every path and thread count", async () => {
  using library = await openLibrary();
  const hashes = new Set([await hashWith({ isa: "scalar", threads: 1 })]);
  for (const variant of VARIANTS) {
    const expected = await hashWith({ isa: "scalar", threads: 1 }, SMALL, variant);
    for (const { name } of library.isaPaths().filter((path) => path.built && path.supported)) {
      assertEquals(await hashWith({ isa: name, threads: 3 }, SMALL, variant), expected, JSON.stringify(variant));
    }
    hashes.add(expected);
  }
  assertEquals(hashes.size, 1 + VARIANTS.length);
  assertNotEquals(trainSteps(library, 3, SMALL, { input: "centered" }).losses, trainSteps(library, 3, SMALL).losses);
});

Deno.test("policies of activations and errors leave no convolution to the quantizer fused with it", async () => {
  const variant: Variant = {
    recipe: {
      activationRounding: "stochastic",
      errorRounding: "stochastic",
      exponents: "hindsight",
      errorQuantizer: "flag",
    },
  };
  const expected = await hashWith({ isa: "scalar", threads: 1 }, LARGE, variant);
  assertEquals(await hashWith({ threads: 2 }, LARGE, variant), expected);
});

Deno.test({
  name: "the same hash without a floating-point register: the whole step is integer",
  ignore: Deno.build.arch !== "x86_64",
  fn: async () => {
    for (const variant of [{}, ...VARIANTS]) {
      const hash = await hashWith({ variant: "integer-only", isa: "scalar", threads: 2 }, SMALL, variant);
      assertEquals(hash, await hashWith({}, SMALL, variant), JSON.stringify(variant));
    }
    using library = await openLibrary({ variant: "integer-only", isa: "scalar" });
    const disassembly = await new Deno.Command("objdump", { args: ["-d", "--no-show-raw-insn", library.built.path] })
      .output();
    const text = new TextDecoder().decode(disassembly.stdout);
    assert(text.includes("<eoq_int8_update>"));
    assert(!/%[xyz]mm\d|%st\b|%mm\d/.test(text), "a vector or x87 register is used");
  },
});

const exponentsOf = (network: Network) => network.state().find(({ name }) => name === "exponents")?.bytes;

Deno.test("a restored network goes on bit for bit, and stored widths lower the loss", async () => {
  using library = await openLibrary();
  const plain = batches(SMALL)[0]!;
  for (const variant of [{}, ...VARIANTS]) {
    const all = batches(SMALL, variant);
    const [first, second] = [create(library, 3, SMALL, variant), create(library, 3, SMALL, variant)];
    all.slice(0, 4).forEach((batch, step) => first.trainStep(batch, { step, rate: FULL_RATE }));
    second.restore(first.state());
    for (const network of [first, second]) {
      all.slice(4).forEach((batch, i) => network.trainStep(batch, { step: 4 + i, rate: FULL_RATE / 4 }));
    }
    assertEquals(await weightsSha256(first.state()), await weightsSha256(second.state()));
    assertEquals(exponentsOf(first), exponentsOf(second));
    if (Object.keys(variant.recipe ?? {}).length < 2) {
      const before = first.evaluate(plain).lossSum;
      for (let step = STEPS; step < 300; step++) first.trainStep(all[step % STEPS]!, { step, rate: FULL_RATE });
      assert(first.evaluate(plain).lossSum < before / 2, JSON.stringify(variant));
    }
    first.close();
    second.close();
  }
});
