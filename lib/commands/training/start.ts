/**
 * Trained weights that a run starts from: what its configuration takes from
 * their checkpoint, and what may not contradict it.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import { TRAITS } from "../../exec/methods.ts";
import { RECIPES } from "../../exec/recipe.ts";
import { shortDigest } from "../../package/sha256.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import { loadCheckpoint } from "../../train/checkpoint_files.ts";
import { type ConfigFile, defaultRecipe } from "../../train/config.ts";
import { weightsSha256 } from "../../train/weights_hash.ts";
import type { Invocation } from "../../cli/command.ts";

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
