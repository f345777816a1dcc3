/**
 * Instructions of a training step on an emulated board, on the first digits of
 * MNIST: `deno task bench:boards [BOARD] [DIGITS] [MODEL...]`. An exported
 * network has them in place of its self-test, and must come to the weights of
 * the host.
 *
 * @module
 */

import { loadDataset } from "../../lib/data/datasets.ts";
import { createNetwork } from "../../lib/exec/methods.ts";
import { FULL_RATE } from "../../lib/exec/network.ts";
import { EOQ_RECIPE, type EoqRecipe } from "../../lib/exec/recipe.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";

const [board = "m4", digits = "110", ...chosen] = Deno.args, COUNT = Number(digits), RAM = "256K";
const MODELS = chosen.length > 0 ? chosen : ["lenet", "resnet-8"];
const path = (relative: string) => new URL(relative, import.meta.url).pathname;

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${error}${out}`);
  // Where semihosting writes to is the emulator's choice.
  return `${out}\n${error}`;
}

const { train, ...shape } = await loadDataset("mnist"), pixels = shape.height * shape.width * shape.channels;
const labels = train.labels.slice(0, COUNT), images = new Uint8Array(COUNT * pixels);
for (let i = 0; i < COUNT; i++) images.set(train.image(i), pixels * i);

/** The network that is exported, with what it gave up for its memory. */
function recipeOf(exponents: EoqRecipe["exponents"], momentum: boolean): EoqRecipe {
  return { ...EOQ_RECIPE, exponents, ...!momentum && { momentumShift: 0, errorFeedback: false } };
}

async function hashHere(model: string, recipe: EoqRecipe): Promise<string> {
  using library = await openLibrary({ threads: 1 });
  const network = createNetwork("eoq", { library, plan: buildPlan(model, shape), batch: 1, seed: 1, recipe });
  for (let step = 0; step < COUNT; step++) {
    const image = images.subarray(pixels * step, pixels * (step + 1));
    network.trainStep({ images: image, labels: labels.slice(step, step + 1), count: 1 }, { step, rate: FULL_RATE });
  }
  try {
    return await weightsSha256(network.state());
  } finally {
    network.close();
  }
}

const millions = (values: readonly number[]) =>
  `${(values.reduce((sum, each) => sum + each, 0) / values.length / 1e6).toFixed(2)} M`;

for (const model of MODELS) {
  for (const exponents of ["exact", "hindsight"] as const) {
    const folder = await Deno.makeTempDir({ prefix: "eoq-digits-" });
    try {
      const out = `${folder}/c`,
        eoq = ["run", "--no-prompt", "--no-check", "--allow-all", path("../../cli.ts"), "export"];
      const words = ["--format", "c", "--ram", RAM, "--set", `exponents=${exponents}`, "--out", out];
      const said = await run(Deno.execPath(), ...eoq, model, ...words);
      const header = `#include <stdint.h>
#define DIGITS ${COUNT}u
static const uint8_t labels[] = { ${labels.join(", ")} };
static const uint8_t digits[][${pixels}] = {
${Array.from(labels, (_, i) => `  { ${images.subarray(pixels * i, pixels * (i + 1)).join(",")} },`).join("\n")}
};
`;
      await Deno.writeTextFile(`${out}/digits.h`, header);
      await Deno.copyFile(path("digits.c"), `${out}/selftest.c`);
      const lines = (await run("make", "-s", "-C", out, `run-${board}`)).split("\n");
      const taken = lines.filter((line) => /^\d+$/.test(line)).map(Number);
      const hash = lines.find((line) => /^[0-9a-f]{64}$/.test(line));
      const expected = await hashHere(model, recipeOf(exponents, !/gave up momentum/.test(said)));
      if (taken.length !== COUNT || hash !== expected) throw new Error(`${model}: ${taken.length} steps, ${hash}`);
      const ends = COUNT > 20
        ? `; first ten ${millions(taken.slice(0, 10))}, last ten ${millions(taken.slice(-10))}`
        : "";
      console.log(
        `${model}, ${RAM}, exponents=${exponents}, ${board}: ${millions(taken)} a step${ends}, the host's weights`,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}
