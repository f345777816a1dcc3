/**
 * `--set key=value`: single keys of the EOQ recipe.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import type { EoqRecipe } from "../exec/recipe.ts";
import { recipeSchema } from "../train/recipe_schema.ts";
import { describeValue } from "./json_file.ts";
import { oneOf } from "../words.ts";

/** Keys of the recipe. */
export const KEYS = Object.keys(recipeSchema.shape) as (keyof EoqRecipe)[];

/** `on` and `off` as in flags, whole numbers, else the word itself. */
function valueOf(word: string): unknown {
  if (word === "on" || word === "off") return word === "on";
  return /^-?\d+$/.test(word) ? Number(word) : word;
}

/** Parses comma-separated settings. @throws {UserError} naming the key that is at fault and what is valid. */
export function parseSettings(list: string, flag: string): Partial<EoqRecipe> {
  const settings = list.split(",").map((setting) => {
    const [word, value, ...rest] = setting.split("=");
    if (value === undefined || rest.length > 0) throw new UserError(`${flag}: "${setting}" is not key=value`);
    const key = oneOf("key of --set", word!, KEYS);
    const parsed = recipeSchema.shape[key].safeParse(valueOf(value), { reportInput: true });
    if (!parsed.success) throw new UserError(`${flag}: ${key}=${value}: ${describeValue(parsed.error.issues[0]!)}`);
    return [key, parsed.data];
  });
  return Object.fromEntries(settings);
}
