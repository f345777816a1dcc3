/**
 * The machines that results come from, and whether they can be compared.
 *
 * @module
 */

import type { Environment } from "../report/run.ts";

/** The name of a CPU without what every name has. */
export function shortCpu(cpu: string): string {
  return cpu.replaceAll(/\((R|TM|tm|r)\)|\bCPU\b|\bProcessor\b|@.*$|\b\d+-Core\b/g, "").replaceAll(/\s+/g, " ")
    .trim() || cpu;
}

/** What makes a machine the one it is. */
export function machineKey({ cpu, cores, arch, os }: Environment): string {
  return JSON.stringify([cpu, cores, arch, os]);
}

/** What stands against setting results of two environments side by side; empty where nothing does. */
export function objections(one: Environment, other: Environment): string[] {
  const found: string[] = [];
  if (one.versions.eoq !== other.versions.eoq) found.push(`eoq ${one.versions.eoq} and ${other.versions.eoq}`);
  const [commit, otherCommit] = [one, other].map(({ gitCommit }) => gitCommit?.slice(0, 12) ?? "unknown");
  if (commit !== otherCommit) found.push(`commits ${commit} and ${otherCommit}`);
  return found;
}
