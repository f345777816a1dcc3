/**
 * Names of runs: the method, and what sets a run apart from those beside it.
 *
 * @module
 */

import { TRAITS } from "../exec/methods.ts";
import { shortCpu } from "./machine.ts";
import type { Run } from "./run.ts";
import { shortPath } from "../report/read.ts";

/** Keys that name a run wherever they vary. Others do where a run departs from what most have. */
const ALWAYS = ["model", "dataset", "imageSize", "batch", "trainImages", "epochs", "images", "seed"];

/** Keys that never name a run: where the files lie says nothing, and the method does anyway. */
const NEVER = ["method", "data"];

/** Keys whose values speak for themselves. */
const BARE = ["model", "dataset"];

/** The values of a configuration by dotted key. */
function leaves({ config }: Run): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: readonly string[]) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
    } else found.set(path.join("."), Array.isArray(value) ? value.join("/") : String(value));
  };
  const { train = "all", from, ...others } = config;
  walk({ ...others, train, from: from?.slice(0, 8) ?? "new weights" }, []);
  // Other methods take no notice of the recipe.
  return new Map([...found].filter(([key]) => TRAITS[config.method].takesRecipe || !key.startsWith("recipe.")));
}

/** The value that most have; the first of those that tie. */
function mostCommon(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Adds to the names that two runs share what `more` says of each of those. */
function tellApart(names: readonly string[], keys: readonly string[], more: (i: number) => string): string[] {
  const seen = new Map<string, Set<string>>();
  const times = new Map<string, number>();
  names.forEach((name, i) => {
    const full = `${name}\n${keys[i]}`;
    times.set(full, (times.get(full) ?? 0) + 1);
    seen.set(name, (seen.get(name) ?? new Set()).add(more(i)));
  });
  return names.map((name, i) =>
    names.some((other, j) => other === name && times.get(`${other}\n${keys[j]}`)! > 1) && seen.get(name)!.size > 1
      ? `${name}, ${more(i)}`
      : name
  );
}

/**
 * A name for each run. Runs that differ in nothing but `without` share one;
 * the same run from two machines or files does not.
 */
export function labelsOf(runs: readonly Run[], without: readonly string[] = ["seed"]): string[] {
  const all = runs.map(leaves);
  const keys = [...new Set(all.flatMap((each) => [...each.keys()]))].filter((key) =>
    !NEVER.includes(key) && !without.includes(key)
  );
  const common = new Map(keys.map((key) => [key, mostCommon(all.flatMap((each) => each.get(key) ?? []))]));
  const varying = keys.filter((key) => new Set(all.flatMap((each) => each.get(key) ?? [])).size > 1);
  const names = runs.map(({ config }, i) => {
    const parts = varying.flatMap((key) => {
      const value = all[i]!.get(key);
      if (value === undefined || (!ALWAYS.includes(key) && value === common.get(key))) return [];
      return [BARE.includes(key) ? value : `${key.split(".").at(-1)} ${value}`];
    });
    return [config.method, ...parts].join(", ");
  });
  const hidden = all.map((each) => without.map((key) => each.get(key)).join("\n"));
  const ofMachines = tellApart(names, hidden, (i) => shortCpu(runs[i]!.environment.cpu));
  const ofThreads = tellApart(ofMachines, hidden, (i) => `threads ${runs[i]!.environment.threads}`);
  return tellApart(ofThreads, hidden, (i) => shortPath(runs[i]!.file));
}
