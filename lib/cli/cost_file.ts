/**
 * The cost models behind `--cost`: those that come with eoq, and the user's own files.
 *
 * @module
 */

import { COST_MODELS, type CostModel, costModelSchema } from "../count/cost_model.ts";
import { OPERATION_KINDS } from "../count/kinds.ts";
import { UserError } from "../errors.ts";
import { describeIssue, readJsonFile } from "./json_file.ts";
import { unknownWord } from "../words.ts";

const FLAG = "--cost";

/** The word that asks for a list of the models instead of naming one. */
export const LIST = "list";

const KNOWN_KEYS = { "": Object.keys(costModelSchema.shape), operations: OPERATION_KINDS };

async function readModel(path: string): Promise<CostModel> {
  const { data, error } = costModelSchema.safeParse(await readJsonFile(FLAG, path));
  if (data !== undefined) return data;
  const issue = describeIssue(error.issues[0]!, KNOWN_KEYS, "see eoq ops --cost list --json");
  throw new UserError(`${FLAG}: ${path}: ${issue}`);
}

/** A word with a slash, a backslash or a dot before `json` names a file. */
function isPath(word: string): boolean {
  return /[\\/]|\.json$/.test(word);
}

/**
 * The models of the given names and files.
 *
 * @throws {UserError} naming the one that is unknown or the key of a file that is at fault.
 */
export async function loadCostModels(words: readonly string[]): Promise<CostModel[]> {
  const models: CostModel[] = [];
  for (const word of words) {
    const model = COST_MODELS.get(word) ?? (isPath(word) ? await readModel(word) : undefined);
    if (model === undefined) throw unknownWord("cost model", word, [...COST_MODELS.keys(), LIST]);
    if (models.some(({ name }) => name === model.name)) {
      throw new UserError(`${FLAG}: ${word}: another model is named ${model.name} too`);
    }
    models.push(model);
  }
  return models;
}
