/**
 * What results were measured with, side by side.
 *
 * @module
 */

import type { Environment } from "../../report/run.ts";
import type { Cell, Figure } from "../figure.ts";
import { shortCpu } from "../machine.ts";
import { groupBy } from "../run.ts";
import type { Source } from "../../report/read.ts";

interface Used {
  readonly file: string;
  readonly environment: Environment;
}

/** Counts are the same everywhere and have no environment; what is planned was run nowhere. */
function usedBy(source: Source): Used[] {
  if (source.kind === "ops" || source.kind === "scale-plan") return [];
  const { file, kind, document } = source;
  const ofCells = kind === "paper" ? document.cells.flatMap(({ result }) => result?.environment ?? []) : [];
  const environments = ofCells.length > 0 ? ofCells : [document.environment];
  return environments.map((environment) => ({ file, environment }));
}

const FIELDS: readonly (readonly [name: string, value: (environment: Environment) => Cell])[] = [
  ["CPU", ({ cpu }) => cpu],
  ["logical cores", ({ cores }) => cores],
  ["architecture", ({ arch }) => arch],
  ["system", ({ os }) => os],
  ["path", ({ isa }) => `${isa.path} (${isa.reason})`],
  ["threads", ({ threads }) => threads],
  ["compiler", ({ compiler }) => compiler ?? "prebuilt library"],
  ["eoq", ({ versions }) => versions.eoq],
  ["commit", ({ gitCommit }) => gitCommit?.slice(0, 12) ?? "unknown"],
  ["Deno", ({ versions }) => versions.deno],
  ["V8", ({ versions }) => versions.v8],
];

/** A column for each environment. */
export function environments(sources: readonly Source[]): Figure[] {
  const groups = groupBy(sources.flatMap(usedBy), ({ environment }) => JSON.stringify(environment));
  if (groups.length === 0) return [];
  const several = groups.length > 1;
  const rows = FIELDS.map(([name, value]): Cell[] => {
    const cells = groups.map(([first]) => value(first!.environment));
    return [name, ...cells, ...(several ? [new Set(cells).size > 1 ? "differs" : ""] : [])];
  });
  const files = groups.map((group) => [...new Set(group.map(({ file }) => file))].join(", "));
  return [{
    id: "environments",
    title: several ? "Environments side by side" : "Environment",
    notes: several
      ? ["Rates of environments with another eoq or commit are of another program: do not compare them."]
      : [],
    table: {
      caption: "Machine and software of each result",
      columns: [
        { name: "" },
        ...groups.map(([first], i) => ({ name: `${i + 1}: ${shortCpu(first!.environment.cpu)}` })),
        ...(several ? [{ name: "differs" }] : []),
      ],
      rows: [...rows, ["files", ...files, ...(several ? [""] : [])]],
    },
  }];
}
