/**
 * Trained weights that a run starts from: what its configuration takes from
 * their checkpoint, what may not contradict it, and what of them fits.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { TRAITS } from "../../exec/methods.ts";
import { RECIPES } from "../../exec/recipe.ts";
import { convolutions, type ConvPlan } from "../../plan/plan.ts";
import { shortDigest } from "../../package/sha256.ts";
import { shapeText } from "../../terminal/format.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import { loadCheckpoint } from "../../train/checkpoint_files.ts";
import { type ConfigFile, defaultRecipe } from "../../train/config.ts";
import { weightsSha256 } from "../../train/weights_hash.ts";
import type { Invocation } from "../../cli/command.ts";
import type { Setup } from "./setup.ts";

/** A checkpoint whose weights a run starts from: the last ones, not the averaged. */
export interface Start {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  /** Digest of its weights; a run's configuration has it as `from`. */
  readonly weightsSha256: string;
}

/** Reads the checkpoint behind `--from`. @throws {UserError} naming the file and what is wrong with it. */
export async function loadStart(path: string): Promise<Start> {
  const checkpoint = await loadCheckpoint(path);
  return { path, checkpoint, weightsSha256: await weightsSha256(checkpoint.entries) };
}

/** A value that was asked for: the option or file that has it, and its key. */
type Asked = readonly [where: string, key: string, value: unknown];

/** Everything of a command line and its file that says what network is trained. */
function askedFor(
  { checkpoint: { config } }: Start,
  { values, given }: Pick<Invocation, "values" | "given">,
  file: ConfigFile,
): Asked[] {
  const inFile = `--config: ${values.config}`;
  const option = <T>(name: "method" | "model" | "input" | "recipe", value: T) => given.has(name) ? value : undefined;
  const set = { ...values.set, ...(values.weights !== undefined && { weightBits: values.weights }) };
  const named = option("recipe", { ...defaultRecipe(config.dataset, RECIPES[values.recipe]), ...set });
  const keysOf = (where: string, recipe: object = {}) =>
    Object.entries(recipe).map(([key, value]): Asked => [where, `recipe.${key}`, value]);
  return [
    ["--method", "method", option("method", values.method.join(", "))],
    ["--model", "model", option("model", values.model)],
    ["--input", "input", option("input", values.input)],
    ...keysOf("--recipe", named),
    ...keysOf("--set", values.set),
    ...keysOf("--weights", values.weights === undefined ? {} : { weightBits: values.weights }),
    [inFile, "method", file.method && [file.method].flat().join(", ")],
    [inFile, "model", file.model],
    [inFile, "input", file.input],
    ...TRAITS[config.method].takesRecipe ? keysOf(inFile, file.recipe) : [],
  ];
}

/**
 * Method, model, recipe and input are the checkpoint's, so that its weights mean what they did.
 *
 * @throws {UserError} naming the first option, or key of the file, that says anything else.
 */
export function refuseContradictions(
  start: Start,
  invocation: Pick<Invocation, "values" | "given">,
  file: ConfigFile,
): void {
  const { path, checkpoint: { config }, weightsSha256 } = start, { method, model, input } = config;
  const recipe = Object.entries(config.recipe).map(([key, value]): [string, unknown] => [`recipe.${key}`, value]);
  const its = new Map<string, unknown>([...Object.entries({ method, model, input }), ...recipe]);
  for (const [where, key, asked] of askedFor(start, invocation, file)) {
    if (asked === undefined || asked === its.get(key)) continue;
    throw new UserError(`${where}: ${path} has ${key} ${its.get(key)}, not ${asked}, and --from takes it from there`);
  }
  if (file.from !== undefined && file.from !== weightsSha256) {
    const [has, wants] = [weightsSha256, file.from].map(shortDigest);
    throw new UserError(
      `--config: ${invocation.values.config}: its run starts from the weights ${wants}, ${path} has ${has}`,
    );
  }
}

/** What a run takes of the weights that it starts from. */
export interface Adoption {
  readonly start: Start;
  /** Whether the classifier, too; else it is made anew. */
  readonly keepsClassifier: boolean;
}

/** The shape of a convolution's weights in a checkpoint. */
function shapeIn({ checkpoint: { entries } }: Start, { name }: ConvPlan): readonly number[] | undefined {
  return entries.find((entry) => entry.name === `${name}.weights`)?.shape;
}

/**
 * Whether the classes of the data are those of the checkpoint's run: by their names where both sides have some, else
 * where the dataset is the same.
 */
function hasSameClasses({ checkpoint: { config, data } }: Start, setup: Pick<Setup, "config" | "dataset">): boolean {
  const { classNames } = setup.dataset;
  if (data?.classes !== undefined && classNames !== undefined) {
    return JSON.stringify(data.classes) === JSON.stringify(classNames);
  }
  return config.dataset === setup.config.dataset && (config.dataset !== "folder" || config.data === setup.config.data);
}

/**
 * What fits of the weights. A classifier is kept where it has as many inputs and outputs and the classes are the same.
 *
 * @throws {UserError} naming the layer that images of this size do not fit.
 */
export function adoptionOf(
  start: Start,
  { plan, dataset, config }: Pick<Setup, "plan" | "dataset" | "config">,
): Adoption {
  for (const conv of convolutions(plan)) {
    const inputs = shapeIn(start, conv)?.at(-1);
    if (conv === plan.classifier || inputs === undefined || inputs === conv.inputs) continue;
    throw new UserError(
      `--from: ${start.path}: ${conv.name} has weights for ${inputs} inputs, images of ${shapeText(plan)} give it ` +
        `${conv.inputs}`,
    );
  }
  const { outputs, kernel, inputs } = plan.classifier;
  const fits = shapeIn(start, plan.classifier)?.join() === [outputs, kernel, kernel, inputs].join();
  return { start, keepsClassifier: fits && hasSameClasses(start, { config, dataset }) };
}
