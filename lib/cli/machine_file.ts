/**
 * The machine behind `--machine`: a file, or this one measured now.
 *
 * @module
 */

import { machineOfReport, measureMachine } from "../bench/machine.ts";
import { benchReportSchema } from "../report/bench.ts";
import { type Machine, machineSchema } from "../count/roofline.ts";
import { UserError } from "../errors.ts";
import { openLibrary } from "../native/library.ts";
import { describeEnvironment } from "../report/environment.ts";
import { describeIssue, readJsonFile } from "./json_file.ts";
import { only, type Values } from "./options.ts";

const FLAG = "--machine";

/** The word that asks for a measurement instead of naming a file. */
const MEASURED = "measured";

const KNOWN_KEYS = { "": Object.keys(machineSchema.shape), gigaMacs: Object.keys(machineSchema.shape.gigaMacs.shape) };

async function readMachine(path: string): Promise<Machine> {
  const json = await readJsonFile(FLAG, path);
  const report = benchReportSchema.safeParse(json).data;
  const measured = report && machineOfReport(report);
  if (measured !== undefined) return measured;
  const { data, error } = machineSchema.safeParse(json);
  if (data !== undefined) return data;
  throw new UserError(`${FLAG}: ${path}: ${describeIssue(error.issues[0]!, KNOWN_KEYS, "see eoq ops --help")}`);
}

/** The machine of the given file, or this one. @throws {UserError} naming the key that is at fault. */
export async function loadMachine(word: string, { isa, threads, seconds }: Values): Promise<Machine> {
  if (word !== MEASURED) return await readMachine(word);
  using library = await openLibrary({ isa, threads: threads && only("--threads", threads) });
  return await measureMachine(library, await describeEnvironment(library), seconds ?? 1);
}
