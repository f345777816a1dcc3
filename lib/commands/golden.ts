/**
 * `eoq golden`: every tensor of one training step in files, for people who
 * build what computes the same.
 *
 * @module
 */

import type { Command, Invocation } from "../cli/command.ts";
import { MACHINE } from "../cli/option_groups.ts";
import { only } from "../cli/options.ts";
import { UserError } from "../errors.ts";
import { type Method, METHODS, TRAITS } from "../exec/methods.ts";
import { type EoqRecipe, INPUT_ENCODINGS, RECIPES } from "../exec/recipe.ts";
import { MODELS } from "../plan/models.ts";
import { commandLine } from "../terminal/command_line.ts";
import { oneOf } from "../words.ts";

const INT8_METHODS = METHODS.filter((method) => TRAITS[method].arithmetic === "int8");

/** @throws {UserError} for a method whose step is none of integers. */
function int8Method(method: Method): Method {
  if (TRAITS[method].arithmetic === "int8") return method;
  throw new UserError(`--method: ${method} computes in fp32; golden vectors are those of ${INT8_METHODS.join(", ")}`);
}

/** Images of a dataset and what a run on it would take for granted, or random ones. */
async function openImages({ values, given }: Invocation, name: string) {
  const { loadDataset } = await import("../data/datasets.ts");
  const { defaultInput, defaultRecipe } = await import("../train/config.ts");
  if (given.has("dataset")) {
    const idle = (["image", "classes"] as const).find((option) => given.has(option));
    if (idle !== undefined) throw new UserError(`--${idle}: with --dataset it is that of the dataset`);
    const { dataset: named } = values;
    const dataset = await loadDataset(named, values.data, { imageSize: values["image-size"] });
    return {
      dataset,
      shape: dataset,
      input: defaultInput(named),
      recipe: defaultRecipe(named, RECIPES[values.recipe]),
    };
  }
  const idle = (["data", "image-size"] as const).find((option) => given.has(option));
  if (idle !== undefined) throw new UserError(`--${idle}: without --dataset images are random`);
  const { shape } = MODELS.get(name)!;
  return {
    dataset: undefined,
    shape: { ...shape, ...values.image, classes: values.classes ?? shape.classes },
    input: INPUT_ENCODINGS[0],
    recipe: RECIPES[values.recipe],
  };
}

/** The command. */
export const GOLDEN: Command = {
  name: "golden",
  summary: "write every tensor that a training step in integers reads and writes",
  operands: [{ placeholder: "MODEL", values: [...MODELS.keys()] }],
  options: [
    ...["method", "batch", "steps", "seed", "dataset", "data", "image-size", "image", "classes"] as const,
    ...["input", "weights", "recipe", "set", "nesterov", ...MACHINE, "out", "help"] as const,
  ],
  fallbacks: { batch: "1", dataset: null, out: "golden" },
  helps: {
    method: `what trains: ${INT8_METHODS.join(", ")}`,
    seed: "fixes initial weights, rounding, and the images",
    dataset: "where images come from (default: random ones of the shape that the network was made for)",
    out: "the folder to write, which is empty or not there yet",
  },
  description:
    "Trains a few steps, then runs one a call of a kernel at a time. What a call reads and writes goes to .npy files, " +
    "each content of a tensor once; manifest.json has the calls: layer, phase, kernel, operands with shapes, exponents " +
    "and ranges, constants, rounding, shift and random stream, and the definition of each kernel in integers. The " +
    "files are the same on every machine, path and number of threads. docs/golden.md explains them.",
  examples: [
    "eoq golden lenet --out lenet-golden",
    "eoq golden resnet-8 --dataset mnist --batch 2 --recipe paper --out resnet-golden",
    "eoq golden resnet-8 --method wageubn --steps 0 --out wageubn-golden",
    "eoq golden mlp --set errorQuantizer=flag,exponents=hindsight --out flags",
  ],

  async run(invocation) {
    const { randomBatches, datasetBatches } = await import("../golden/images.ts");
    const { ensureEmpty, writeGolden } = await import("../golden/write.ts");
    const { openLibrary } = await import("../native/library.ts");
    const { VERSION } = await import("../report/version.ts");
    const { recipeSchema } = await import("../train/recipe_schema.ts");
    const { refuseIdleRecipe } = await import("./training/choose_config.ts");
    const { explained, makePlan } = await import("./training/setup.ts");
    const { values, given, argument, args } = invocation;
    const { seed, steps, out } = values;
    const model = oneOf("model", argument, [...MODELS.keys()]);
    const method = int8Method(only("--method", values.method)), batch = only("--batch", values.batch);
    refuseIdleRecipe(given, [method]);
    const images = await openImages(invocation, model);
    try {
      const recipe: EoqRecipe = recipeSchema.parse({
        ...images.recipe,
        ...values.set,
        ...(values.weights !== undefined && { weightBits: values.weights }),
      });
      const plan = makePlan(model, images.shape), input = values.input ?? images.input;
      await ensureEmpty(out);
      using library = await openLibrary({
        isa: values.isa,
        threads: values.threads && only("--threads", values.threads),
      });
      const network = TRAITS[method].create({ library, plan, batch, seed, input, recipe, nesterov: values.nesterov });
      const source = {
        ...{ model, method, batch, seed, step: steps, images: images.dataset?.name ?? "random", input },
        ...(TRAITS[method].takesRecipe && { recipe: { ...recipe } }),
        ...(values.nesterov && { nesterov: true as const }),
        ...{ command: commandLine(["eoq", "golden", ...args]), version: VERSION },
      };
      const batches = images.dataset === undefined
        ? randomBatches(plan, batch, seed)
        : datasetBatches(images.dataset.train, batch, seed);
      try {
        const { calls, files, bytes } = await writeGolden(library, network, batches, source, out);
        console.log(`golden: ${out}/manifest.json, ${calls.length} calls, ${files} tensors, ${bytes} bytes`);
      } catch (error) {
        throw explained(error, { plan, config: { model, imageSize: null } });
      } finally {
        network.close();
      }
    } finally {
      images.dataset?.close?.();
    }
  },
};
