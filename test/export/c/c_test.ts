import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/errors.ts";
import { type Batch, FULL_RATE } from "../../../lib/exec/network.ts";
import { type EoqRecipe, PAPER_RECIPE } from "../../../lib/exec/recipe.ts";
import { type Batches, datasetBatches, randomBatches } from "../../../lib/golden/images.ts";
import { loadDataset } from "../../../lib/data/datasets.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import { weightsSha256 } from "../../../lib/train/weights_hash.ts";
import { ODD_PLANS } from "../../exec/odd_plans.ts";
import { SMALL_PLANS } from "../../exec/plans.ts";
import { run } from "../../native/compile.ts";
import { build, type DeviceRun, exported, hostNetwork, Script, WARNINGS, writeFiles } from "./device.ts";

/** A rate that falls, and one that is no power of two. */
const rateAt = (step: number) => [FULL_RATE, FULL_RATE >> 2, 50_001][step % 3]!;

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "eoq-c-" });
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Both learn from the same samples, classify others, and the device forgets and remembers on its way. */
async function assertSame(library: Library, device: DeviceRun, batches: Batches, steps: number, about: string) {
  const network = hostNetwork(library, device), script = new Script();
  const expected: (string | { batch: Batch; correct: boolean })[] = [];
  try {
    for (let step = 0; step < steps; step++) {
      const batch = batches(step), rate = rateAt(step), kept = { ...batch, images: batch.images.slice() };
      script.learn(batch, rate);
      const { correct } = network.trainStep(batch, { step, rate });
      expected.push({ batch: { ...kept, labels: batch.labels.slice() }, correct: correct === 1 });
      if (step % 4 !== 3) continue;
      script.predict(batch);
      expected.push({
        batch: { ...kept, labels: batch.labels.slice() },
        correct: network.evaluate(batch).correct === 1,
      });
      if (step % 8 === 3) script.restore();
    }
    script.hash();
    const hash = await weightsSha256(network.state());
    const lines = await inFolder(async (folder) => {
      await writeFiles(await exported(library, device), folder);
      return await script.run(await build(folder));
    });
    assertEquals(lines.length, expected.length + 1, about);
    expected.forEach((each, i) => {
      const { batch, correct } = each as { batch: Batch; correct: boolean };
      assertEquals(Number(lines[i]) === batch.labels[0], correct, `${about}: answer ${i}`);
    });
    assertEquals(lines.at(-1), hash, about);
  } finally {
    network.close();
  }
}

const RECIPES: Readonly<Record<string, Partial<EoqRecipe>>> = {
  paper: PAPER_RECIPE,
  "no momentum": { momentumShift: 0, errorFeedback: false },
  "momentum of 16 bits": { momentumBits: 16 },
  "momentum of 16 bits, no feedback": { momentumBits: 16, errorFeedback: false, weightDecayShift: 9 },
  decay: { weightDecayShift: 9 },
  "decay, no feedback": { weightDecayShift: 9, errorFeedback: false, centredGradients: false },
  stochastic: { activationRounding: "stochastic", errorRounding: "stochastic", logitErrorRounding: "stochastic" },
  nearest: { gradientRounding: "nearest", updateRounding: "nearest" },
  narrow: { computeBits: 6, activationBits: 6, errorBits: 5, gradientBits: 5, updateBits: 6 },
  hindsight: { exponents: "hindsight" },
  "hindsight, stochastic": { exponents: "hindsight", activationRounding: "stochastic", errorRounding: "stochastic" },
  constant: { gradientQuantizer: "constant" },
  he: { fixupScaling: false, fixupZeros: false, fixupBiases: false, fixupScales: false, scalarRate: 2048 },
};

SMALL_PLANS.forEach((plan, i) => {
  Deno.test(`c: ${plan.model} learns as the host does, by its share of the recipes`, async () => {
    using library = await openLibrary({ threads: 1 });
    const shared = Object.entries(RECIPES).filter((_, j) => j % SMALL_PLANS.length === i);
    for (const [name, recipe] of [["default", {}], ...shared] as const) {
      const input = name === "default" ? "centered" : "half";
      await assertSame(library, { plan, recipe, input }, randomBatches(plan, 1, 7), 12, `${plan.model}, ${name}`);
    }
  });
});

Deno.test("c: a device with Nesterov's momentum learns as the host does", async () => {
  using library = await openLibrary({ threads: 1 });
  const runs = [
    [SMALL_PLANS[1]!, { weightDecayShift: 9 }],
    [SMALL_PLANS[2]!, { momentumBits: 16 }],
    [SMALL_PLANS[3]!, PAPER_RECIPE],
    // Without a momentum there is no difference.
    [SMALL_PLANS[3]!, { momentumShift: 0, errorFeedback: false }],
  ] as const;
  for (const [plan, recipe] of runs) {
    const device = { plan, recipe, nesterov: true };
    await assertSame(library, device, randomBatches(plan, 1, 7), 12, `${plan.model}, ${JSON.stringify(recipe)}`);
  }
});

Deno.test("c: networks at the edges of what a plan can be learn as the host does", async () => {
  using library = await openLibrary({ threads: 1 });
  for (const [i, plan] of ODD_PLANS.entries()) {
    // Every other one has memory to spare.
    const device = { plan, ...i % 2 === 0 && { ram: 2 ** 22 } };
    await assertSame(library, device, randomBatches(plan, 1, 8), 8, plan.model);
  }
});

Deno.test("c: lenet learns a stream of 1000 digits as the host does, saved and restored on the way", async () => {
  using library = await openLibrary({ threads: 1 });
  const mnist = await loadDataset("mnist"), plan = buildPlan("lenet", mnist);
  await assertSame(library, { plan, ram: 256 * 1024 }, datasetBatches(mnist.train, 1, 1), 1000, "lenet");
});

for (const [model, steps] of [["mlp", 40], ["resnet-8", 16], ["resnet-14", 5], ["resnet-20", 4]] as const) {
  Deno.test(`c: ${model} learns digits as the host does`, async () => {
    using library = await openLibrary({ threads: 1 });
    const mnist = await loadDataset("mnist"), plan = buildPlan(model, mnist);
    await assertSame(library, { plan }, datasetBatches(mnist.train, 1, 1), steps, model);
  });
}

const WIDE = { height: 32, width: 32, channels: 3, classes: 10 };

Deno.test("c: networks for colour images learn as the host does, with and without memory to spare", async () => {
  using library = await openLibrary({ threads: 1 });
  for (const model of ["lenet", "resnet-8"]) {
    const plan = buildPlan(model, WIDE), recipe = { weightDecayShift: 11 };
    const device = { plan, recipe, input: "centered" } as const, batches = randomBatches(plan, 1, 9);
    await assertSame(library, device, batches, 5, model);
    await assertSame(library, { ...device, ram: 2 ** 22 }, batches, 5, `${model}, much memory`);
  }
});

Deno.test("c: frozen layers lie in flash, and the others learn as the host's do", async () => {
  using library = await openLibrary({ threads: 1 });
  const lenet = buildPlan("lenet", { height: 28, width: 28, channels: 1, classes: 10 });
  for (
    const [plan, train] of [[lenet, "last:2"], [SMALL_PLANS[0]!, "last:3"], [SMALL_PLANS[1]!, "classifier"]] as const
  ) {
    const device = { plan, train, ...plan === lenet && { ram: 65_536 } };
    await assertSame(library, device, randomBatches(plan, 1, 6), 8, `${plan.model}, ${train}`);
  }
});

/** The text of one of the files. */
async function textOf(library: Library, device: DeviceRun, name: string): Promise<string> {
  const file = (await exported(library, device)).find((each) => each.name === name)!;
  return new TextDecoder().decode(file.bytes);
}

Deno.test("c: --ram gives up momentum before it refuses", async () => {
  using library = await openLibrary({ threads: 1 });
  const plan = buildPlan("lenet", { height: 28, width: 28, channels: 1, classes: 10 });
  assert((await textOf(library, { plan, ram: 262_144 }, "README.md")).includes("Given up for them: nothing"));
  const small = await textOf(library, { plan, ram: 80_000 }, "README.md");
  assert(small.includes("Given up for them: momentum"), small);
});

Deno.test("c: what is computed again on the way back is the same, and takes as much less memory as is said", async () => {
  using library = await openLibrary({ threads: 1 });
  const stochastic = { activationRounding: "stochastic", errorRounding: "stochastic" } as const;
  for (const recipe of [{}, { ...stochastic, exponents: "hindsight" } as const]) {
    const plan = buildPlan("resnet-8", { height: 28, width: 28, channels: 1, classes: 10 });
    const none = { momentumShift: 0, errorFeedback: false, ...recipe }, device = { plan, recipe: none };
    const arenaOf = async (ram?: number) => {
      const again: string[] = [], gave: string[] = [];
      const own = {
        ...device,
        ...ram && { ram },
        onRepeated: (x: string) => again.push(x),
        onGivenUp: (x: string) => gave.push(x),
      };
      const words = Number(/eoq_arena\[(\d+)\]/.exec(await textOf(library, own, "eoq_model.c"))![1]);
      return { bytes: 4 * (words - 1), again, gave };
    };
    const whole = await arenaOf(), ram = 150_000, small = await arenaOf(ram);
    assertEquals([whole.again, small.again.length, small.gave], [[], 1, []]);
    const [, macs, saved] = /\(([\d,]+) multiply-accumulates more in a step, ([\d,]+) bytes fewer\)/.exec(
      small.again[0]!,
    )!
      .map((each) => Number(each.replaceAll(",", "")));
    assert(macs! > 1_800_000 && saved! > 18_000, small.again[0]!);
    // Rooms take what is left of the memory that was asked for.
    assert(small.bytes >= whole.bytes - saved! && small.bytes < whole.bytes, `${small.bytes} of ${whole.bytes}`);
    await assertSame(library, { ...device, ram }, randomBatches(plan, 1, 5), 5, small.again[0]!);
  }
});

/** Bytes of memory, what lenet gives up for them, and the options that ask for the same. */
const GIVEN_UP = [
  [262_144, [], {}],
  [200_000, ["8 of 24 bits of momentum (momentumBits=16)"], { recipe: { momentumBits: 16 } }],
  [80_000, ["momentum (momentumShift=0, errorFeedback=off)"], { recipe: { momentumShift: 0, errorFeedback: false } }],
  [65_536, ["the learning of conv1, conv2, dense1 (--train last:2)"], { train: "last:2" }],
  [50_000, [
    "8 of 24 bits of momentum (momentumBits=16)",
    "the learning of conv1, conv2, dense1 (--train last:2)",
  ], { recipe: { momentumBits: 16 }, train: "last:2" }],
] as const;

Deno.test("c: for --ram layers stop learning last, and what is given up is the same as what one asks for", async () => {
  using library = await openLibrary({ threads: 1 });
  const plan = buildPlan("lenet", { height: 28, width: 28, channels: 1, classes: 10 });
  for (const [ram, expected, asked] of GIVEN_UP) {
    const gave: string[] = [], device = { plan, ram, onGivenUp: (what: string) => gave.push(what) };
    const source = await textOf(library, device, "eoq_model.c");
    assertEquals(gave, [...expected]);
    assertEquals(source, await textOf(library, { plan, ram, ...asked }, "eoq_model.c"), `${ram}`);
  }
});

Deno.test("c: --ram is refused where not even the classifier can learn, with the bytes that would do", async () => {
  using library = await openLibrary({ threads: 1 });
  for (const recipe of [{}, { momentumShift: 0, errorFeedback: false }]) {
    const plan = buildPlan("lenet", { height: 28, width: 28, channels: 1, classes: 10 }), device = { plan, recipe };
    const { message } = await assertRejects(() => exported(library, { ...device, ram: 4096 }), UserError);
    const [, least, without] = /^--ram: 4096 bytes are too few: .* take at least (\d+) bytes, without (.*)$/
      .exec(message)!;
    const layers = "the learning of conv1, conv2, dense1, dense2 (--train last:1)";
    const momentum = "momentumShift" in recipe ? "" : "momentum (momentumShift=0, errorFeedback=off) and ";
    assertEquals(without, momentum + layers);
    await exported(library, { ...device, ram: Number(least) });
    await assertRejects(() => exported(library, { ...device, ram: Number(least) - 1 }), UserError, least);
    const asked = { ...device, train: "classifier", ram: Number(least) - 1 } as const;
    await assertRejects(() => exported(library, asked), UserError, least);
  }
});

Deno.test("c: what a device does not do is refused by the layer", async () => {
  using library = await openLibrary({ threads: 1 });
  const plan = SMALL_PLANS[1]!;
  for (
    const [recipe, reason] of [
      [{ errorQuantizer: "flag" }, /^export --format c: \S+: errors with flags/],
      [{ weightBits: 16 }, /^export --format c: classifier: weights of more than 8 stored bits/],
    ] as const
  ) {
    const error = await assertRejects(() => exported(library, { plan, recipe }), UserError);
    assert(reason.test(error.message), error.message);
  }
});

Deno.test("c: a trained state goes on as the run would have", async () => {
  using library = await openLibrary({ threads: 1 });
  for (
    const recipe of [{}, { momentumBits: 16 }, { exponents: "hindsight" }, {
      momentumShift: 0,
      errorFeedback: false,
    }] as const
  ) {
    const plan: Plan = SMALL_PLANS[0]!, device = { plan, recipe }, batches = randomBatches(plan, 1, 4);
    const network = hostNetwork(library, device), script = new Script();
    try {
      for (let step = 0; step < 9; step++) network.trainStep(batches(step), { step, rate: FULL_RATE });
      const files = await exported(library, device, { network, steps: 9 });
      for (let step = 9; step < 15; step++) {
        script.learn(batches(step), FULL_RATE);
        network.trainStep(batches(step), { step, rate: FULL_RATE });
      }
      script.hash();
      const lines = await inFolder(async (folder) => {
        await writeFiles(files, folder);
        return await script.run(await build(folder), files.find(({ name }) => name === "trained.state")!.bytes);
      });
      assertEquals(lines.at(-1), await weightsSha256(network.state()));
    } finally {
      network.close();
    }
  }
});

Deno.test("c: the self-test passes, and neither floats nor a library are in the code", async () => {
  using library = await openLibrary({ threads: 1 });
  const files = await exported(library, { plan: SMALL_PLANS[0]! });
  await inFolder(async (folder) => {
    await writeFiles(files, folder);
    const test = await run("make", ["-s", "-C", folder, "test"]);
    assertEquals([test.code, /^passed: 10 steps/m.test(test.stdout)], [0, true], test.stderr + test.stdout);
    const object = `${folder}/eoq_model.o`;
    const flags = [...WARNINGS, "-O2", "-ffreestanding", "-nostdlib", "-fno-stack-protector", "-mgeneral-regs-only"];
    const built = await run(Deno.env.get("CC") || "cc", [...flags, "-c", `${folder}/eoq_model.c`, "-o", object]);
    assertEquals(built.code, 0, built.stderr);
    const { stdout } = await run("nm", ["-u", object]);
    const needed = stdout.trim().split(/\s+/).filter((word) => word !== "" && word !== "U");
    assertEquals(needed.filter((name) => !["memcpy", "memset"].includes(name)), []);
  });
});
