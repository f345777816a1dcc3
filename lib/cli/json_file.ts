/**
 * JSON files that the user names: read, and refused by the key that is at fault.
 *
 * @module
 */

import type { z } from "zod";
import { messageOf, UserError } from "../errors.ts";
import { unknownWord } from "../words.ts";

/** Reads the JSON file behind a flag. @throws {UserError} naming both when it cannot. */
export async function readJsonFile(flag: string, path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    if (error instanceof Deno.errors.NotFound) throw new UserError(`${flag}: ${path}: no such file`);
    throw new UserError(`${flag}: ${path}: ${messageOf(error)}`);
  }
}

/** Keys that a schema has, by the path of their object; the whole file's is empty. */
export type KnownKeys = Readonly<Record<string, readonly string[]>>;

/**
 * What a schema says of a value: of a misspelt word the nearest valid one, where
 * the schema was told to report its input.
 */
export function describeValue(issue: z.core.$ZodIssue): string {
  const issues = issue.code === "invalid_union" ? issue.errors.flat() : [issue];
  for (const each of issues) {
    if (each.code !== "invalid_value" || typeof each.input !== "string") continue;
    return messageOf(unknownWord("value", each.input, each.values.map(String)));
  }
  return issue.message;
}

/**
 * What a schema says of a file, in a line that names the key.
 *
 * @param known Keys to suggest where one is unknown.
 * @param others Where to look for the keys of other objects.
 */
export function describeIssue(issue: z.core.$ZodIssue, known: KnownKeys, others: string): string {
  const path = issue.path.join(".");
  if (issue.code !== "unrecognized_keys") return `${path || "the file"}: ${describeValue(issue)}`;
  const where = path === "" ? "key" : `key of ${path}`;
  const keys = known[path];
  return messageOf(unknownWord(where, issue.keys[0]!, keys ?? [], keys === undefined ? others : undefined));
}
