/**
 * JSON that comes from elsewhere: read, parsed, held against a schema. Whoever
 * asks for it says in which words it is refused.
 *
 * @module
 */

import type { z } from "zod";
import { messageOf, UserError } from "./errors.ts";
import { unknownWord } from "./words.ts";

/** Parses a text. @throws what `refuse` makes of the reason why it is no JSON. */
export function parseJson(text: string, refuse: (why: string) => UserError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(messageOf(error));
  }
}

/** Bytes of a text that a program can hold, which a file of JSON never needs. */
const MOST_BYTES = 2 ** 29;

/** @throws {UserError} of a file that has no end, or more than there is room for. */
async function requireEnd(path: string): Promise<void> {
  const { isCharDevice, isBlockDevice, size } = await Deno.stat(path);
  if (isCharDevice || isBlockDevice) throw new UserError("is a device, no file");
  if (size > MOST_BYTES) throw new UserError(`has more than ${MOST_BYTES} bytes`);
}

/** Reads a file. @throws what `unread` makes of the error where it cannot, `refuse` of the reason why it is no JSON. */
export async function readJson(
  path: string,
  unread: (error: unknown) => UserError,
  refuse: (why: string) => UserError,
): Promise<unknown> {
  let text;
  try {
    await requireEnd(path);
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw error instanceof Deno.errors.NotCapable ? error : unread(error);
  }
  return parseJson(text, refuse);
}

/** Holds a value against a schema. @throws what `refuse` makes of the first thing that is wrong with it. */
export function checkJson<T>(
  schema: z.ZodType<T>,
  json: unknown,
  refuse: (issue: z.core.$ZodIssue) => UserError,
): T {
  const parsed = schema.safeParse(json, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw refuse(parsed.error.issues[0]!);
}

/** What a schema says of a value, where that is there; else that it is missing. */
function messageOfIssue({ code, message, input }: z.core.$ZodIssue): string {
  return code === "invalid_type" && input === undefined && / received undefined$/.test(message) ? "missing" : message;
}

/** Where a value departs from its schema, and how: `results[1].batch: too small`. */
export function issueText(issue: z.core.$ZodIssue): string {
  const { path } = issue, message = messageOfIssue(issue);
  const place = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").slice(1);
  return place === "" ? message : `${place}: ${message}`;
}

/** Reads the JSON file behind a flag. @throws {UserError} naming both when it cannot. */
export async function readFlagJson(flag: string, path: string): Promise<unknown> {
  const refuse = (why: string) => new UserError(`${flag}: ${path}: ${why}`);
  const unread = (error: unknown) => refuse(error instanceof Deno.errors.NotFound ? "no such file" : messageOf(error));
  return await readJson(path, unread, refuse);
}

/** Keys that a schema has, by the path of their object; the whole file's is empty. */
type KnownKeys = Readonly<Record<string, readonly string[]>>;

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
  return messageOfIssue(issue);
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
