/**
 * Reads a `--config` file: JSON whose every key is checked.
 *
 * @module
 */

import type { z } from "zod";
import { messageOf, UserError } from "../errors.ts";
import { type ConfigFile, configFileSchema } from "../train/config.ts";
import { unknownWord } from "./words.ts";

/**
 * Reads a configuration, or the one that a report keeps under `config`.
 *
 * @throws {UserError} naming the file, the key that is at fault, and what is valid.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const json = await readJson(path);
  const parsed = configFileSchema.safeParse(isReport(json) ? json.config : json);
  if (parsed.success) return parsed.data;
  throw new UserError(`--config: ${path}: ${describe(parsed.error.issues[0]!)}`);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (error instanceof Deno.errors.NotFound) throw new UserError(`--config: ${path}: no such file`);
    throw new UserError(`--config: ${path}: ${messageOf(error)}`);
  }
}

function isReport(json: unknown): json is { config: unknown } {
  return typeof json === "object" && json !== null && "config" in json && "results" in json;
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  if (issue.code !== "unrecognized_keys") return `${path || "the file"}: ${issue.message}`;
  const where = path === "" ? "key" : `key of ${path}`;
  const { augmentation, recipe } = configFileSchema.shape;
  const shapes: Readonly<Record<string, object>> = {
    "": configFileSchema.shape,
    augmentation: augmentation.unwrap().shape,
    recipe: recipe.unwrap().shape,
  };
  const known = Object.keys(shapes[path] ?? {});
  return messageOf(unknownWord(where, issue.keys[0]!, known, known.length > 0 ? undefined : "see eoq config --schema"));
}
