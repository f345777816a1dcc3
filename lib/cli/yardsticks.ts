/**
 * What `eoq ops` holds counts against: the cost models behind `--cost`, those
 * that come with eoq and the user's own files, and the machines behind
 * `--machine`: microcontrollers, and a file's machine or this one measured now.
 *
 * @module
 */

import type { z } from "zod";
import { machineOfReport, measureMachine } from "../bench/machine.ts";
import { COST_MODELS, type CostModel, costModelSchema } from "../count/cost_model.ts";
import { OPERATION_KINDS } from "../count/kinds.ts";
import { type Microcontroller, MICROCONTROLLERS, microcontrollerSchema } from "../count/microcontroller.ts";
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

const CORE_KEYS = { "": Object.keys(microcontrollerSchema.shape), operations: OPERATION_KINDS };

/** A file with cycles of operations is a microcontroller's, another one a machine's. */
async function readMachine(path: string): Promise<Machine | Microcontroller> {
  const json = await readFlagJson(MACHINE_FLAG, path);
  const refuse = (keys: Record<string, readonly string[]>, where: string) => (issue: z.core.$ZodIssue) =>
    new UserError(`${MACHINE_FLAG}: ${path}: ${describeIssue(issue, keys, where)}`);
  if (json !== null && typeof json === "object" && "operations" in json) {
    return checkJson(microcontrollerSchema, json, refuse(CORE_KEYS, "see eoq ops --machine list --json"));
  }
  const report = benchReportSchema.safeParse(json).data;
  const measured = report && machineOfReport(report);
  if (measured !== undefined) return measured;
  return checkJson(machineSchema, json, refuse(MACHINE_KEYS, "see eoq ops --help"));
}

async function measureThis({ isa, threads, seconds }: Values): Promise<Machine> {
  using library = await openShown({ isa, threads: threads && only("--threads", threads) });
  return await measureMachine(library, await describeEnvironment(library), seconds ?? 1);
}

/** Machines that counts are held against. */
export interface Machines {
  /** The one with a roofline. */
  readonly machine: Machine | null;
  readonly cores: readonly Microcontroller[];
}

/**
 * The machines of the given names and files, and this one.
 *
 * @throws {UserError} naming the key of a file that is at fault, or the second of two machines.
 */
export async function loadMachines(words: readonly string[], values: Values): Promise<Machines> {
  let machine: Machine | null = null;
  const cores: Microcontroller[] = [];
  for (const word of words) {
    const found = MICROCONTROLLERS.get(word) ??
      (word === MEASURED ? await measureThis(values) : isPath(word) ? await readMachine(word) : undefined);
    if (found === undefined) throw unknownWord("machine", word, [...MICROCONTROLLERS.keys(), MEASURED, LIST]);
    if ("hertz" in found) {
      if (cores.some(({ name }) => name === found.name)) {
        throw new UserError(`${MACHINE_FLAG}: ${word}: another microcontroller is named ${found.name} too`);
      }
      cores.push(found);
    } else if (machine !== null) {
      throw new UserError(`${MACHINE_FLAG}: ${word}: one machine is all that layers are bounded by`);
    } else {
      machine = found;
    }
  }
  return { machine, cores };
}
