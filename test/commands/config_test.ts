import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { chooseConfig, readConfigFile } from "../../lib/commands/training/choose_config.ts";
import { parseCommandLine } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { UserError } from "../../lib/errors.ts";
import { METHODS } from "../../lib/exec/methods.ts";
import { EOQ_RECIPE } from "../../lib/exec/recipe.ts";
import { configFileSchema, runConfigSchema } from "../../lib/train/config.ts";
import { DEFAULT_SCHEDULE } from "../../lib/train/schedule.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";
import { sampleConfig } from "../train/config.ts";

const COMPARE = COMMANDS.find(({ name }) => name === "compare")!;

function choose(line: string) {
  return chooseConfig(parseCommandLine(COMPARE, line.split(" ").filter((word) => word !== "")));
}

/** Chooses with a configuration file beside the line's options. */
async function chooseWith(file: unknown, line = "") {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, typeof file === "string" ? file : JSON.stringify(file));
    return await choose(`--config ${path} ${line}`);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("config: without options and file, the fallbacks", async () => {
  const { methods, model, dataset, batch, epochs, images, seed, schedule, augmentation } = await choose("");
  assertEquals([methods, model, dataset, batch, epochs, images, seed], [
    ...[["eoq", "bn-fp32"], "resnet-8", "mnist", 32, 2, null, 1],
  ]);
  assertEquals([schedule, augmentation], [DEFAULT_SCHEDULE, { crop: 0, padding: 0, flip: false, mixup: false }]);
  assertEquals((await choose("--dataset cifar10 --flip off")).augmentation, {
    crop: 4,
    padding: 128,
    flip: false,
    mixup: false,
  });
});

Deno.test("config: an option counts before the file, the file before the fallback", async () => {
  const file = { batch: 8, seed: 3, method: "eoq", augmentation: { crop: 2 }, learningRate: 0.5, trainImages: 10 };
  const chosen = await chooseWith(file, "--seed 1 --flip on --train-limit 9");
  assertEquals([chosen.batch, chosen.seed, chosen.methods, chosen.augmentation], [8, 1, ["eoq"], {
    crop: 2,
    padding: 0,
    flip: true,
    mixup: false,
  }]);
  const mixup = async (...given: Parameters<typeof chooseWith>) => (await chooseWith(...given)).augmentation.mixup;
  assertEquals(await mixup({ augmentation: { mixup: true } }), true);
  assertEquals(await mixup({ augmentation: { mixup: true } }, "--mixup off"), false);
  assertEquals(await mixup({}, "--mixup on"), true);
  assertEquals([chosen.learningRate, chosen.trainLimit, chosen.testLimit], [0.5, 9, undefined]);
});

Deno.test("config: crops are padded with the input's zero unless the file says otherwise", async () => {
  const padding = async (...given: Parameters<typeof chooseWith>) => (await chooseWith(...given)).augmentation.padding;
  assertEquals(await padding({ dataset: "cifar10" }), 128);
  assertEquals(await padding({ dataset: "cifar10", augmentation: { crop: 2 } }), 128);
  assertEquals(await padding({ dataset: "cifar10" }, "--input half"), 0);
  assertEquals(await padding({}, "--input centered"), 128);
  assertEquals(await padding({ dataset: "cifar10", augmentation: { padding: 7 } }), 7);
  // A report of an earlier version keeps its black.
  const old = { dataset: "cifar10", augmentation: { crop: 4, flip: true, mixup: false } };
  assertEquals(await padding({ config: old, results: [] }), 0);
  assertEquals(
    await padding({ config: { ...old, augmentation: { ...old.augmentation, padding: 3 } }, results: [] }),
    3,
  );
  assertEquals(runConfigSchema.parse({ ...sampleConfig, augmentation: { crop: 4, flip: true } }).augmentation, {
    crop: 4,
    padding: 0,
    flip: true,
    mixup: false,
  });
});

Deno.test("config: the budget is epochs or images", async () => {
  const budget = async (file: unknown, line = "") => {
    const { epochs, images } = await chooseWith(file, line);
    return [epochs, images];
  };
  assertEquals(await budget({ images: 500 }), [null, 500]);
  assertEquals(await budget({ images: 500, epochs: null }), [null, 500]);
  assertEquals(await budget({ images: 500 }, "--epochs 3"), [3, null]);
  assertEquals(await budget({ epochs: 3 }, "--images 7"), [null, 7]);
  assertEquals(await budget({ epochs: null, images: null }), [2, null]);
  await assertRejects(() => budget({ epochs: 3, images: 7 }), UserError, "epochs and images both set the budget");
  await assertRejects(() => choose("--epochs 3 --images 7"), UserError, "epochs and images both set the budget");
});

Deno.test("config: the schedule", async () => {
  const schedule = async (file: unknown, line: string) => (await chooseWith(file, line)).schedule;
  assertEquals(await schedule({}, "--decay-at 30,60 --decay-by 10"), { kind: "step", at: [30, 60], divisor: 10 });
  assertEquals(await schedule({}, "--schedule cosine"), { kind: "cosine" });
  assertEquals(await schedule({ schedule: { kind: "cosine" } }, ""), { kind: "cosine" });
  assertEquals(await schedule({ schedule: { kind: "cosine" } }, "--schedule step"), DEFAULT_SCHEDULE);
  const file = { schedule: { kind: "step", at: [40], divisor: 3 } };
  assertEquals(await schedule(file, "--decay-by 2 --schedule step"), { kind: "step", at: [40], divisor: 2 });
  await assertRejects(() => schedule({}, "--schedule cosine --decay-by 2"), UserError, "--decay-at and --decay-by");
});

Deno.test("config: Nesterov's momentum by file and by option, and no word of it else, as earlier versions had none", async () => {
  assertEquals("nesterov" in await choose(""), false);
  assertEquals((await chooseWith({ nesterov: true })).nesterov, true);
  assertEquals("nesterov" in await chooseWith({ nesterov: true }, "--nesterov off"), false);
  assertEquals((await chooseWith({ nesterov: false }, "--nesterov on")).nesterov, true);
  for (const method of METHODS) assertEquals((await choose(`--method ${method} --nesterov on`)).nesterov, true);
});

Deno.test("config: the smoothing by file and by option", async () => {
  assertEquals((await choose("")).smoothing, 0);
  assertEquals((await chooseWith({ smoothing: 0.1 })).smoothing, 0.1);
  assertEquals((await chooseWith({ smoothing: 0.1 }, "--smoothing 0")).smoothing, 0);
});

Deno.test("config: the average by file and by option", async () => {
  assertEquals((await choose("")).average, null);
  assertEquals((await choose("--average-from 75")).average, { from: 75, every: null });
  assertEquals((await choose("--average-from 0 --average-every 9")).average, { from: 0, every: 9 });
  const file = { average: { from: 50, every: 3 } };
  assertEquals((await chooseWith(file)).average, { from: 50, every: 3 });
  assertEquals((await chooseWith(file, "--average-from 60")).average, { from: 60, every: 3 });
  assertEquals((await chooseWith(file, "--average-every 4")).average, { from: 50, every: 4 });
  assertEquals((await chooseWith({ average: { from: 50 } })).average, { from: 50, every: null });
  assertEquals((await chooseWith({ average: null })).average, null);
  await assertRejects(() => choose("--average-every 4"), UserError, "--average-every needs --average-from");
});

Deno.test("config: more samples than a sum holds are refused", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(folder, 40, 20);
    const config = ["config", "--data", folder, "--average-from", "0", "--batch", "1"];
    assertEquals((await eoq([...config, "--images", "65534", "--average-every", "1"])).code, 0);
    const many = await eoq([...config, "--images", "65535", "--average-every", "1"]);
    assertRefused(many, 2, "--average-every: 65536 samples are more than 65535");
  }));

Deno.test("config: the warm-up, which must be shorter than the run", () =>
  withFolder(async (folder) => {
    assertEquals((await choose("")).warmup, 0);
    assertEquals((await chooseWith({ warmup: 7 })).warmup, 7);
    assertEquals((await chooseWith({ warmup: 7 }, "--warmup 3")).warmup, 3);
    await writeIdxFolder(folder, 40, 20);
    // 3 steps an epoch, and 2 more.
    const config = ["config", "--data", folder, "--batch", "16", "--images", "60", "--warmup"];
    assertEquals(JSON.parse((await eoq([...config, "4"])).stdout).warmup, 4);
    assertRefused(await eoq([...config, "5"]), 2, "--warmup: 5 is not below the 5 steps of the run");
  }));

Deno.test("config: the recipe's keys by file, by --set and by --weights, which counts first", async () => {
  const recipe = async (file: unknown, line = "") => (await chooseWith(file, line)).recipe;
  assertEquals(await recipe({}), EOQ_RECIPE);
  assertEquals(await recipe({ recipe: { weightBits: 16 } }), { ...EOQ_RECIPE, weightBits: 16 });
  assertEquals((await recipe({ recipe: { weightBits: 16 } }, "--set weightBits=24")).weightBits, 24);
  assertEquals((await recipe({}, "--set weightBits=24 --weights 16")).weightBits, 16);
  assertEquals((await chooseWith({ input: "centered" })).input, "centered");
  for (
    const [line, ...words] of [
      ["--set weightBit=8", 'unknown key of --set "weightBit" (did you mean weightBits?)'],
      ["--set weightBits=9", "--set: weightBits=9: ", "8", "16", "24"],
      ["--set errorRounding=nearst", '--set: errorRounding=nearst: unknown value "nearst" (did you mean nearest?)'],
      ["--set weightBits", '--set: "weightBits" is not key=value'],
      ["--weights 9", '--weights: "9" is not one of 8, 16, 24'],
      ["--method wageubn --set errorBits=4", "--set: wageubn has no use for eoq's recipe"],
      ["--method wageubn,bn-fp32 --weights 16", "--weights: wageubn, bn-fp32 has no use for eoq's recipe"],
      ["--input whole", 'unknown input "whole"; known: half, centered'],
    ] as const
  ) {
    const { message } = await assertRejects(async () => await choose(line), UserError);
    for (const word of words) assertStringIncludes(message, word);
  }
});

const REFUSED: Record<string, [file: unknown, ...words: string[]]> = {
  "an unknown key": [{ bach: 8 }, 'unknown key "bach" (did you mean batch?); known: method, '],
  "an unknown nested key": [{ augmentation: { corp: 1 } }, 'key of augmentation "corp" (did you mean crop?)'],
  "an unknown key of the recipe": [
    { recipe: { weightbits: 8 } },
    'key of recipe "weightbits" (did you mean weightBits?)',
  ],
  "an unknown key of the schedule": [{ schedule: { kind: "cosine", at: [1] } }, "schedule", '"at"'],
  "a value of the wrong type": [{ batch: "8" }, "batch: ", "expected number"],
  "a value out of range": [{ batch: 0 }, "batch: ", ">0"],
  "a fraction": [{ seed: 1.5 }, "seed: ", "int"],
  "a misspelt method": [
    { method: ["bn-fp23"] },
    'method: unknown value "bn-fp23" (did you mean bn-fp32?); known: eoq, ',
  ],
  "a misspelt dataset": [{ dataset: "minst" }, 'dataset: unknown value "minst" (did you mean mnist?)'],
  "a misspelt schedule": [{ schedule: { kind: "cosin" } }, "schedule.kind", "step", "cosine"],
  "a momentum that is no answer": [{ nesterov: "heavy-ball" }, "nesterov: "],
  "a smoothing that would be none": [{ smoothing: 0.001 }, "smoothing: must be 0 or at least 0.001953125"],
  "an average of nothing": [{ average: { from: 100 } }, "average.from", "99"],
  "a list": [[1], "the file: ", "object"],
  "no JSON": ["{", "JSON"],
};

for (const [what, [file, ...words]] of Object.entries(REFUSED)) {
  Deno.test(`config: ${what} is refused by name`, async () => {
    const { message } = await assertRejects(() => chooseWith(file), UserError, "--config: ");
    for (const word of words) assertStringIncludes(message, word);
    assertEquals(message.split("\n").length, 1);
  });
}

Deno.test("config: a file that is not there is named", async () => {
  await assertRejects(() => readConfigFile("/none.json"), UserError, "--config: /none.json: no such file");
});

Deno.test("config: every key is documented", () => {
  for (const [key, schema] of Object.entries(configFileSchema.shape)) {
    const description = schema.description ?? schema.unwrap().description;
    if (description === undefined) throw new Error(`${key} has no description`);
  }
});

Deno.test("config: what a run reports is what --config repeats", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 40, 20);
    const options = [
      "--batch",
      "16",
      "--images",
      "50",
      "--schedule",
      "cosine",
      "--learning-rate",
      "0.5",
      "--crop",
      "1",
    ];
    const config = ["config", "--data", `${folder}/data`, ...options];
    const printed = await eoq(config);
    assertEquals([printed.code, printed.stderr], [0, ""]);
    const first = await eoq(["train", "--data", `${folder}/data`, ...options, "--out", `${folder}/a`, "--json"]);
    assertEquals(first.code, 0, first.stderr);
    const report = JSON.parse(first.stdout);
    assertEquals(report.config, JSON.parse(printed.stdout));
    runConfigSchema.parse({ ...report.config, method: "eoq" });
    const args = ["--config", `${folder}/a/results.json`, "--out", `${folder}/b`, "--json"];
    const second = JSON.parse((await eoq(["train", ...args])).stdout);
    assertEquals(second.config, report.config);
    assertEquals(second.results[0].weightsSha256, report.results[0].weightsSha256);
    assertRefused(await eoq(["train", ...args, "--crop", "40"]), 2, "--crop", "40");
  }));

Deno.test("config: --schema prints a schema that names every key", async () => {
  const { code, stdout } = await eoq(["config", "--schema"]);
  assertEquals(code, 0);
  assertEquals(Object.keys(JSON.parse(stdout).properties).sort(), Object.keys(configFileSchema.shape).sort());
});

Deno.test("config: a device in a file's place, and a missing key of one, are said in words", () =>
  withFolder(async (folder) => {
    assertRefused(await eoq(["config", "--config", "/dev/zero"]), 2, "--config: /dev/zero: is a device, no file");
    await Deno.writeTextFile(`${folder}/large.json`, "{}");
    await Deno.truncate(`${folder}/large.json`, 2 ** 40);
    assertRefused(await eoq(["config", "--config", `${folder}/large.json`]), 2, "has more than");
    await Deno.writeTextFile(`${folder}/a.json`, '{"schedule":{"kind":"step","at":[50]}}');
    assertRefused(await eoq(["config", "--config", `${folder}/a.json`]), 2, "schedule.divisor: missing");
    await Deno.writeTextFile(`${folder}/b.json`, '{"command":"eoq","results":[]}');
    assertRefused(await eoq(["diff", `${folder}/b.json`, `${folder}/b.json`]), 2, "schemaVersion: ");
  }));
