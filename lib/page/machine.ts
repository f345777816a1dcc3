/**
 * The machines that results come from.
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
