/**
 * Result files as the page takes them: every kind that eoq writes, told apart
 * by what is in them.
 *
 * @module
 */

import { type BenchReport, benchReportSchema } from "./bench.ts";
import { messageOf, UserError } from "../errors.ts";
import { checkJson, issueText, readJson } from "../json.ts";
import { counted } from "../terminal/format.ts";
import { type LearnReport, learnReportSchema } from "./learn.ts";
import { type PaperReport, paperReportSchema } from "./paper.ts";
import { type OpsReport, opsReportSchema } from "./ops.ts";
import { type Report, reportSchema } from "./run.ts";
import { type ScalePlan, scalePlanSchema } from "./scale_plan.ts";
import { type ScalingReport, scalingReportSchema } from "./scaling.ts";

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
  | Read<"ops", OpsReport>
  | Read<"learn", LearnReport>
  | Read<"scaling", ScalingReport>
  | Read<"scale-plan", ScalePlan>;

/** A path as people tell files apart: its name and its folder's. */
export function shortPath(file: string): string {
  return file.split("/").slice(-2).join("/");
}

/** The kinds of result files, each with the key that only it has. */
const KINDS = [
  { kind: "paper", key: "experiment", schema: paperReportSchema },
  { kind: "bench", key: "breakdowns", schema: benchReportSchema },
  { kind: "ops", key: "macsPerImage", schema: opsReportSchema },
  { kind: "learn", key: "learners", schema: learnReportSchema },
  { kind: "scaling", key: "scaling", schema: scalingReportSchema },
  { kind: "scale-plan", key: "predictions", schema: scalePlanSchema },
  { kind: "runs", key: "results", schema: reportSchema },
] as const;

async function readDocument(file: string): Promise<unknown> {
  const unread = (error: unknown) => new UserError(`cannot read ${file}: ${messageOf(error)}`);
  return await readJson(file, unread, (why) => new UserError(`${file} is not JSON: ${why}`));
}

/**
 * Reads one result file.
 *
 * @throws {UserError} in one line that names the file and what is wrong with it.
 */
export async function readSource(file: string, watts?: number): Promise<Source> {
  const value = await readDocument(file);
  const isObject = typeof value === "object" && value !== null;
  const found = KINDS.find(({ key }) => isObject && Object.hasOwn(value, key));
  if (found === undefined) {
    throw new UserError(`${file} is no result of eoq compare, train, learn, paper, bench, plan or ops`);
  }
  const { kind, schema } = found;
  const document = checkJson<Source["document"]>(
    schema,
    value,
    (issue) => new UserError(`${file} is not what eoq writes: ${issueText(issue)}`),
  );
  return { kind, file, watts, document } as Source;
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
    throw new UserError(
      `--watts: ${watts.length} given for ${counted(files.length, "file")}; - stands for one that is not known`,
    );
  }
  const sources: Source[] = [];
  for (const [i, file] of files.entries()) sources.push(await readSource(file, watts[i]));
  return sources;
}
