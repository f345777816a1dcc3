/**
 * Result files as the page takes them: every kind that eoq writes, told apart
 * by what is in them.
 *
 * @module
 */

import type { z } from "zod";
import { type BenchReport, benchReportSchema } from "./bench.ts";
import { messageOf, UserError } from "../errors.ts";
import { type PaperReport, paperReportSchema } from "./paper.ts";
import { type OpsReport, opsReportSchema } from "./ops.ts";
import { type Report, reportSchema } from "./run.ts";

interface Read<Kind extends string, Document> {
  readonly kind: Kind;
  /** The path as the user gave it. */
  readonly file: string;
  /** What the machine drew; undefined where nobody said. */
  readonly watts: number | undefined;
  readonly document: Document;
}

/** A file that has been read and held against its schema. */
export type Source =
  | Read<"runs", Report>
  | Read<"paper", PaperReport>
  | Read<"bench", BenchReport>
  | Read<"ops", OpsReport>;

/** A path as people tell files apart: its name and its folder's. */
export function shortPath(file: string): string {
  return file.split("/").slice(-2).join("/");
}

/** The kinds of result files, each with the key that only it has. */
const KINDS = [
  { kind: "paper", key: "experiment", schema: paperReportSchema },
  { kind: "bench", key: "breakdowns", schema: benchReportSchema },
  { kind: "ops", key: "macsPerImage", schema: opsReportSchema },
  { kind: "runs", key: "results", schema: reportSchema },
] as const;

/** Where a document departs from its schema, in one line. */
function firstIssue(error: z.ZodError): string {
  const { path, message } = error.issues[0]!;
  const place = path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("").slice(1);
  return place === "" ? message : `${place}: ${message}`;
}

async function readJson(file: string): Promise<unknown> {
  let text;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new UserError(`cannot read ${file}: ${messageOf(error)}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file} is not JSON: ${messageOf(error)}`);
  }
}

/**
 * Reads one result file.
 *
 * @throws {UserError} in one line that names the file and what is wrong with it.
 */
export async function readSource(file: string, watts?: number): Promise<Source> {
  const value = await readJson(file);
  const isObject = typeof value === "object" && value !== null;
  const found = KINDS.find(({ key }) => isObject && Object.hasOwn(value, key));
  if (found === undefined) {
    throw new UserError(`${file} is no result of eoq compare, train, paper, bench or ops`);
  }
  const { kind, schema } = found;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new UserError(`${file} is not what eoq writes: ${firstIssue(parsed.error)}`);
  return { kind, file, watts, document: parsed.data } as Source;
}

/**
 * Reads result files.
 *
 * @param watts One for each file where any is known.
 * @throws {UserError} for the first file that cannot be taken, and where the two lists do not match.
 */
export async function readSources(
  files: readonly string[],
  watts: readonly (number | undefined)[] = [],
): Promise<Source[]> {
  const twice = files.find((file, i) => files.indexOf(file) !== i);
  if (twice !== undefined) throw new UserError(`${twice} is named twice`);
  if (watts.length > 0 && watts.length !== files.length) {
    throw new UserError(`--watts: ${watts.length} given for ${files.length} files; - stands for one that is not known`);
  }
  const sources: Source[] = [];
  for (const [i, file] of files.entries()) sources.push(await readSource(file, watts[i]));
  return sources;
}
