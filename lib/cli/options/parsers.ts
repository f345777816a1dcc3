/**
 * Parsers of what options take: from text to a checked value, or an error that
 * names the flag and the text.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { EoqRecipe } from "../../exec/recipe.ts";
import { describeValue } from "../../json.ts";
import type { CheckpointInterval } from "../../train/checkpoint_writer.ts";
import { recipeSchema } from "../../train/recipe_schema.ts";
import { oneOf } from "../../words.ts";

/** A whole number. */
export function integer(min: number, max: number): (text: string, flag: string) => number {
  return (text, flag) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new UserError(`${flag}: "${text}" is not a whole number from ${min} to ${max}`);
  };
}

const BINARY: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20 };

/** Bytes, as 65536, 64K or 1M. */
export function bytes(text: string, flag: string): number {
  const [, digits, unit = ""] = /^([1-9]\d{0,8})([KM]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new UserError(`${flag}: "${text}" is not a number of bytes as 65536, 64K, 1M`);
  return Number(digits) * BINARY[unit]!;
}

/** Comma-separated whole numbers, each once. */
export function integers(min: number, max: number): (text: string, flag: string) => number[] {
  const parse = integer(min, max);
  return (text, flag) => distinct(text.split(",").map((word) => parse(word, flag)), flag);
}

/** More processes than any machine starts. */
const MOST_RANKS = 65_536;

/** How ranks are joined, or numbers of ranks as `1,2,6` or `1..1024`, each twice the one before and the last one. */
export function ranks(text: string, flag: string): "mpi" | "none" | number[] {
  if (text === "mpi" || text === "none") return text;
  const [, first, last] = /^(\d{1,5})\.\.(\d{1,5})$/.exec(text) ?? [];
  if (first !== undefined && last !== undefined) {
    const [low, high] = [Number(first), Number(last)];
    if (low < 1 || high < low || high > MOST_RANKS) {
      throw new UserError(`${flag}: "${text}" does not rise from 1 or more to ${MOST_RANKS} at most`);
    }
    const doubled = Array.from({ length: 17 }, (_, i) => low * 2 ** i).filter((count) => count < high);
    return [...doubled, high];
  }
  if (/^\d/.test(text)) return integers(1, MOST_RANKS)(text, flag);
  throw new UserError(`${flag}: "${text}" is no list of numbers of ranks, as 1,2,4 or 1..1024`);
}

/** A number, as 0.5 or 1e-4. */
export function decimal(min: number, max: number): (text: string, flag: string) => number {
  return (text, flag) => {
    const value = /^\d+(\.\d+)?(e-?\d+)?$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new UserError(`${flag}: "${text}" is not a number from ${min} to ${max}`);
  };
}

/** Comma-separated numbers, each once. */
export function decimals(min: number, max: number): (text: string, flag: string) => number[] {
  const parse = decimal(min, max);
  return (text, flag) => distinct(text.split(",").map((word) => parse(word, flag)), flag);
}

/** Percents, as `5%` or `0.5`, as a fraction. */
export function percentage(min: number, max: number): (text: string, flag: string) => number {
  const parse = decimal(min, max);
  return (text, flag) => parse(text.replace(/%$/, ""), flag) / 100;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `500` steps, or a time as `30s`, `10m`, `2h`. */
export function interval(text: string, flag: string): CheckpointInterval {
  const [, digits, unit = ""] = /^([1-9]\d{0,8})([smh]?)$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new UserError(`${flag}: "${text}" is not a number of steps or a time as 30s, 10m, 2h`);
  }
  const seconds = SECONDS[unit];
  if (seconds === undefined) return { unit: "steps", count: Number(digits) };
  return { unit: "seconds", count: Number(digits) * seconds };
}

/** A positive number each, or `-` for one that is not known. */
export function wattages(text: string, flag: string): (number | undefined)[] {
  const parse = decimal(0.001, 1_000_000);
  return text.split(",").map((word) => word === "-" ? undefined : parse(word, flag));
}

/** A list of numbers, each greater than the one before. */
export function rising(parse: (text: string, flag: string) => number[]): (text: string, flag: string) => number[] {
  return (text, flag) => {
    const values = parse(text, flag);
    if (values.every((value, i) => i === 0 || values[i - 1]! < value)) return values;
    throw new UserError(`${flag}: "${text}" does not rise`);
  };
}

function distinct<T>(values: T[], flag: string): T[] {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new UserError(`${flag}: ${twice} is named twice`);
  return values;
}

/** Any text. */
export const text = (value: string): string => value;

/** Comma-separated texts, each once. */
export const list = (text: string, flag: string): string[] => distinct(text.split(","), flag);

/** A word of a list. */
export function word<T extends string>(kind: string, values: readonly T[]) {
  return { values, parse: (text: string): T => oneOf(kind, text, values) };
}

/** Comma-separated words of a list, each once. */
export function words<T extends string>(kind: string, values: readonly T[]) {
  const parse = (list: string, flag: string): T[] =>
    distinct(list.split(",").map((each) => oneOf(kind, each, values)), flag);
  return { values, list: true, parse } as const;
}

/** `on` or `off`. */
export const onOrOff = {
  placeholder: "on|off",
  values: ["on", "off"],
  parse: (text: string, flag: string): boolean => oneOf(`value of ${flag}`, text, ["on", "off"]) === "on",
} as const;

/** Rows, columns and channels of an image, as 224x224x3. */
export function image(text: string, flag: string): { height: number; width: number; channels: number } {
  const [height, width, channels] = (/^(\d+)x(\d+)x(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  const sizes = [height, width, channels];
  if (sizes.some((size) => size === undefined || size < 1 || size > 4096)) {
    throw new UserError(`${flag}: "${text}" is not HxWxC, each from 1 to 4096`);
  }
  return { height: height!, width: width!, channels: channels! };
}

/** Keys of the recipe. */
export const RECIPE_KEYS = Object.keys(recipeSchema.shape) as (keyof EoqRecipe)[];

/** `on` and `off` as in flags, whole numbers, else the word itself. */
function settingValue(word: string): unknown {
  if (word === "on" || word === "off") return word === "on";
  return /^-?\d+$/.test(word) ? Number(word) : word;
}

/** Comma-separated settings of the EOQ recipe, as `key=value`. @throws {UserError} naming the key that is at fault and what is valid. */
export function settings(list: string, flag: string): Partial<EoqRecipe> {
  const entries = list.split(",").map((setting) => {
    const [word, value, ...rest] = setting.split("=");
    if (value === undefined || rest.length > 0) throw new UserError(`${flag}: "${setting}" is not key=value`);
    const key = oneOf("key of --set", word!, RECIPE_KEYS);
    const parsed = recipeSchema.shape[key].safeParse(settingValue(value), { reportInput: true });
    if (!parsed.success) throw new UserError(`${flag}: ${key}=${value}: ${describeValue(parsed.error.issues[0]!)}`);
    return [key, parsed.data];
  });
  return Object.fromEntries(entries);
}
