/**
 * Reads a `--config` file: JSON whose every key is checked.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { type ConfigFile, configFileSchema } from "../train/config.ts";
import { describeIssue, readJsonFile } from "./json_file.ts";

const { augmentation, recipe } = configFileSchema.shape;

const KNOWN_KEYS = {
  "": Object.keys(configFileSchema.shape),
  augmentation: Object.keys(augmentation.unwrap().shape),
  recipe: Object.keys(recipe.unwrap().shape),
};

/**
 * Reads a configuration, or the one that a report keeps under `config`.
 *
 * @throws {UserError} naming the file, the key that is at fault, and what is valid.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const json = await readJsonFile("--config", path);
  const parsed = configFileSchema.safeParse(isReport(json) ? json.config : json, { reportInput: true });
  if (parsed.success) return isReport(json) ? asReported(parsed.data) : parsed.data;
  const issue = describeIssue(parsed.error.issues[0]!, KNOWN_KEYS, "see eoq config --schema");
  throw new UserError(`--config: ${path}: ${issue}`);
}

/** Reports of earlier versions have no padding: theirs was black. */
function asReported(config: ConfigFile): ConfigFile {
  return config.augmentation === undefined
    ? config
    : { ...config, augmentation: { padding: 0, ...config.augmentation } };
}

function isReport(json: unknown): json is { config: unknown } {
  return typeof json === "object" && json !== null && "config" in json && "results" in json;
}
