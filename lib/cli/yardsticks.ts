/**
 * What `eoq ops` holds counts against: the cost models behind `--cost`, those
 * that come with eoq and the user's own files, and the machine behind
 * `--machine`, a file or this one measured now.
 *
 * @module
 */

import { machineOfReport, measureMachine } from "../bench/machine.ts";
import { COST_MODELS, type CostModel, costModelSchema } from "../count/cost_model.ts";
import { OPERATION_KINDS } from "../count/kinds.ts";
import { type Machine, machineSchema } from "../count/roofline.ts";
import { UserError } from "../errors.ts";
import { checkJson, describeIssue, readFlagJson } from "../json.ts";
import { benchReportSchema } from "../report/bench.ts";
import { describeEnvironment } from "../report/environment.ts";
import { unknownWord } from "../words.ts";
import { openShown } from "./open_library.ts";
import { only, type Values } from "./options.ts";

const COST_FLAG = "--cost";

/** The word that asks for a list of the models instead of naming one. */
export const LIST = "list";

const COST_KEYS = { "": Object.keys(costModelSchema.shape), operations: OPERATION_KINDS };

async function readModel(path: string): Promise<CostModel> {
  return checkJson(costModelSchema, await readFlagJson(COST_FLAG, path), (issue) => {
    const what = describeIssue(issue, COST_KEYS, "see eoq ops --cost list --json");
    return new UserError(`${COST_FLAG}: ${path}: ${what}`);
  });
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
      throw new UserError(`${COST_FLAG}: ${word}: another model is named ${model.name} too`);
    }
    models.push(model);
  }
  return models;
}

const MACHINE_FLAG = "--machine";

/** The word that asks for a measurement instead of naming a file. */
const MEASURED = "measured";

const MACHINE_KEYS = {
  "": Object.keys(machineSchema.shape),
  gigaMacs: Object.keys(machineSchema.shape.gigaMacs.shape),
};

async function readMachine(path: string): Promise<Machine> {
  const json = await readFlagJson(MACHINE_FLAG, path);
  const report = benchReportSchema.safeParse(json).data;
  const measured = report && machineOfReport(report);
  if (measured !== undefined) return measured;
  return checkJson(machineSchema, json, (issue) => {
    const what = describeIssue(issue, MACHINE_KEYS, "see eoq ops --help");
    return new UserError(`${MACHINE_FLAG}: ${path}: ${what}`);
  });
}

/** The machine of the given file, or this one. @throws {UserError} naming the key that is at fault. */
export async function loadMachine(word: string, { isa, threads, seconds }: Values): Promise<Machine> {
  if (word !== MEASURED) return await readMachine(word);
  using library = await openShown({ isa, threads: threads && only("--threads", threads) });
  return await measureMachine(library, await describeEnvironment(library), seconds ?? 1);
}
