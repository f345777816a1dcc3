/**
 * Whether rates of the same work on two machines say something of the machines.
 *
 * @module
 */

import type { Environment } from "../report/run.ts";

/** What stands against setting results of two environments side by side; empty where nothing does. */
export function objections(one: Environment, other: Environment): string[] {
  const found: string[] = [];
  if (one.versions.eoq !== other.versions.eoq) found.push(`eoq ${one.versions.eoq} and ${other.versions.eoq}`);
  const [commit, otherCommit] = [one, other].map(({ gitCommit }) => gitCommit?.slice(0, 12) ?? "unknown");
  if (commit !== otherCommit) found.push(`commits ${commit} and ${otherCommit}`);
  return found;
}
