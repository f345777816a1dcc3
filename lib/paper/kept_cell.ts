/**
 * A cell that is computed in this process and kept as a JSON file.
 *
 * @module
 */

import type { z } from "zod";
import { UserError } from "../errors.ts";
import { checkJson, issueText, parseJson } from "../json.ts";
import { readIfThere, writeAtomically } from "../package/atomic_files.ts";
import type { Cell, Done } from "./grid.ts";

/** What a kept cell is made of. */
export interface KeptCell<Result> {
  readonly name: string;
  readonly command: string;
  readonly work: number;
  readonly schema: z.ZodType<Result>;
  /** Whether a result that lies there is one of this very cell. */
  readonly isOwn: (result: Result) => boolean;
  /** @returns `undefined` when the signal stopped it. */
  readonly compute: (signal: AbortSignal, onProgress: (share: number) => void) => Promise<Result | undefined>;
}

/** The cell, kept in the grid's folder. */
export function keptCell<Result>(cell: KeptCell<Result>, grid: string): Cell<Result> {
  const { name, command, work, schema, isOwn, compute } = cell;
  const path = `${grid}/cells/${name}.json`;
  return {
    name,
    command,
    work,
    async earlier() {
      const text = await readIfThere(path);
      if (text === undefined) return undefined;
      const result = parseKept(schema, text, path);
      if (!isOwn(result)) throw new UserError(`${path} has the result of another budget; give another --out`);
      return await finished(result, path);
    },
    async run(signal, onProgress) {
      const result = await compute(signal, onProgress);
      if (result === undefined) return undefined;
      await Deno.mkdir(`${grid}/cells`, { recursive: true });
      await writeAtomically(path, new TextEncoder().encode(JSON.stringify(result, null, 2) + "\n"));
      return await finished(result, path);
    },
  };
}

/** Reads a result that a grid kept. @throws {UserError} naming the file. */
export function parseKept<Result>(schema: z.ZodType<Result>, text: string, path: string): Result {
  const refuse = (why: string) => new UserError(`${path} cannot be read: ${why}; remove it or give another --out`);
  return checkJson(
    schema,
    parseJson(text, refuse),
    (issue) => refuse(`another eoq wrote it: ${issueText(issue)}`),
  );
}

/** A result with the date of the file that it is kept in. */
export async function finished<Result>(result: Result, path: string): Promise<Done<Result>> {
  const { mtime } = await Deno.stat(path);
  return { status: "finished", result, date: mtime!.toISOString() };
}
