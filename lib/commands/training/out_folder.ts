/**
 * The folder that a run leaves its files in, and what lies there already:
 * earlier work is gone on with or replaced only where the user says so.
 *
 * @module
 */

import { UserError, writeError } from "../../errors.ts";
import type { Method } from "../../exec/methods.ts";
import { ensureWritable, isFile, readIfThere, requireNoFolder } from "../../package/atomic_files.ts";
import { sha256Text } from "../../package/sha256.ts";
import { type Report, reportSchema } from "../../report/run.ts";
import { checkpointFiles } from "../../train/checkpoint_files.ts";
import { type Command, type Invocation, parseCommandLine } from "../../cli/command.ts";
import { chooseConfig, type ChosenConfig } from "./choose_config.ts";

/** Words of a folder's name that have an option of the same name. */
const NAMED = ["method", "model", "dataset", "seed"] as const;

/** Holds a lock for as long as a run writes into the folder. */
const LOCK = ".eoq.lock";

/** Every method with every seed. */
export function runsOf({ methods, seeds }: ChosenConfig): { method: Method; seed: number }[] {
  return methods.flatMap((method) => seeds.map((seed) => ({ method, seed })));
}

/** File that keeps a method's run in the output folder, which a seed among several has in its name. */
export function checkpointPath(folder: string, method: Method, seed: number, { seeds }: ChosenConfig): string {
  return `${folder}/${method}${seeds.length > 1 ? `-s${seed}` : ""}.checkpoint`;
}

/**
 * The output folder, with `{method}`, `{model}`, `{dataset}`, `{seed}` and `{config}` filled in. The last is
 * nothing where those of the others that the name has say all that is not the command's fallback, else a dash and
 * eight digits of a hash of the configuration, so that two configurations never share a folder that has it.
 */
export async function outFolder(
  command: Command,
  { out }: Invocation["values"],
  chosen: ChosenConfig,
): Promise<string> {
  const { methods, model, dataset, seeds } = chosen;
  const words: Record<string, string> = { method: methods.join("-"), model, dataset, seed: seeds.join("-") };
  if (out.includes("{config}")) {
    const lists: Readonly<Record<string, string>> = { ...words, method: methods.join(",") };
    const said = NAMED.filter((name) => out.includes(`{${name}}`) && (name !== "seed" || seeds.length === 1));
    const plain = parseCommandLine(command, said.flatMap((name) => [`--${name}`, lists[name]!]));
    const [plainText, text] = [await chooseConfig(plain), chosen].map((config) => JSON.stringify(config));
    words.config = plainText === text ? "" : `-${(await sha256Text(text!)).slice(0, 8)}`;
  }
  return out.replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
}

/** The results that lie in a folder; null where they are of no eoq that this one knows. */
async function resultsIn(folder: string): Promise<Report | null | undefined> {
  const text = await readIfThere(`${folder}/results.json`);
  if (text === undefined) return undefined;
  try {
    return reportSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Locks a folder against other processes. @throws {UserError} when another has it. */
async function lock(folder: string): Promise<Disposable> {
  const path = `${folder}/${LOCK}`;
  for (;;) {
    const file = await Deno.open(path, { write: true, create: true }).catch((error) => {
      throw writeError(path, error);
    });
    const [locked, own, there] = [await file.tryLock(true), await file.stat(), await Deno.stat(path).catch(() => null)];
    if (locked && own.ino === there?.ino) {
      const unlock = () => {
        try {
          Deno.removeSync(path);
        } catch {
          // The folder was moved or removed while it ran: then so was the lock.
        }
        file.close();
      };
      return { [Symbol.dispose]: unlock };
    }
    file.close();
    if (!locked) throw new UserError(`${folder}: another run writes into this folder`);
    // Whoever had it removed the file between our opening and locking it: another try makes one anew.
  }
}

/** What a folder is opened for. */
export interface FolderUse {
  readonly chosen: ChosenConfig;
  /** The configuration as a report of these runs has it. */
  readonly config: Report["config"];
  /** The checkpoint that the runs start from. */
  readonly start: string | undefined;
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/** An output folder that no other process writes into until it is disposed. */
export interface OpenFolder extends Disposable {
  /** Whether there is a checkpoint to go on from. */
  readonly begun: boolean;
  /** Removes what an earlier run left, where that may go: once, just before the new run writes its first file. */
  clear(): Promise<void>;
}

/**
 * Takes a folder that is there for checkpoints of these paths and a report. With `overwrite` those of an earlier run
 * may be there.
 *
 * @param requireOwn Throws where the results of an earlier part are not those of what is resumed.
 * @throws {UserError} when another process writes into it, or it holds earlier work.
 */
export async function claimFolder(
  folder: string,
  paths: readonly string[],
  { resume, overwrite }: Pick<FolderUse, "resume" | "overwrite">,
  requireOwn?: () => Promise<void>,
): Promise<OpenFolder> {
  const held = await lock(folder);
  try {
    const checkpoints = (await Promise.all(paths.map(checkpointFiles))).flat();
    const results = `${folder}/results.json`;
    await requireNoFolder([...paths, results]);
    const there = [...checkpoints, ...await isFile(results) ? [results] : []];
    if (!overwrite && !resume && there.length > 0) {
      throw new UserError(
        `${there[0]} is of an earlier run: --resume goes on with it, --overwrite replaces it, --out DIR keeps both`,
      );
    }
    if (resume) await requireOwn?.();
    const clear = async () => {
      for (const path of overwrite ? there.splice(0) : []) await Deno.remove(path);
    };
    return { begun: !overwrite && checkpoints.length > 0, clear, [Symbol.dispose]: () => held[Symbol.dispose]() };
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

/** @throws {UserError} where a checkpoint that is read, `how` the message says, lies where one is to be written. */
export async function requireElsewhere(read: string, how: string, written: readonly string[]): Promise<void> {
  const real = (path: string) => Deno.realPath(path).catch(() => path);
  if (!(await Promise.all(written.map(real))).includes(await real(read))) return;
  throw new UserError(`--out: ${read} is ${how}, and would be replaced`);
}

/**
 * Opens an output folder for the chosen runs, made where it is not there.
 *
 * @throws {UserError} when it cannot be written, or as {@linkcode claimFolder}.
 */
export async function openFolder(folder: string, { chosen, config, start, ...use }: FolderUse): Promise<OpenFolder> {
  await ensureWritable(folder);
  const paths = runsOf(chosen).map(({ method, seed }) => checkpointPath(folder, method, seed, chosen));
  if (start !== undefined) await requireElsewhere(start, "started from", paths);
  return await claimFolder(folder, paths, use, () => requireOwnResults(folder, config));
}

/** In what first key the configuration of an earlier run differs from ours; undefined where in none. */
export function differenceOf<T extends object>(its: T, ours: T): string | undefined {
  for (const key of Object.keys({ ...its, ...ours }) as (keyof T & string)[]) {
    const [before, now] = [its[key], ours[key]].map((value) => JSON.stringify(value));
    if (before === now) continue;
    return before === undefined ? `its run has no ${key} ${now}` : `its run has ${key} ${before}, not ${now ?? "none"}`;
  }
}

/** @throws {UserError} when the folder's results are those of other runs, which the end of these would replace. */
async function requireOwnResults(folder: string, config: Report["config"]): Promise<void> {
  const results = await resultsIn(folder);
  if (results === undefined) return;
  // As the schema orders the keys: those of a report that was read come in its order.
  const why = results === null
    ? "it is of another program or version"
    : differenceOf(results.config, reportSchema.shape.config.parse(config));
  if (why === undefined) return;
  throw new UserError(`${folder}/results.json: cannot resume: ${why}, and would be replaced: name another --out DIR`);
}
