/**
 * Processes that are started together by whatever MPI this machine has. Where it
 * has none the tests of this folder are left out, and that is said.
 *
 * @module
 */

import { CLI, type EoqOutput } from "../eoq.ts";

async function hasMpi(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("mpirun", { args: ["--version"], stdout: "null", stderr: "null" })
      .output();
    return success;
  } catch {
    return false;
  }
}

/** Whether there is an MPI. */
export const MPI = await hasMpi();
if (!MPI) console.error("NO MPI HERE: nothing of test/mpi runs; on Debian: apt-get install openmpi-bin libopenmpi-dev");

/**
 * More processes than cores, those of root too, and none bound to a core, as Open MPI is told (versions 4 and 5);
 * others do that anyway.
 */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  NO_COLOR: "1",
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  OMPI_MCA_rmaps_base_oversubscribe: "1",
  OMPI_MCA_hwloc_base_binding_policy: "none",
  OMPI_MCA_mpi_yield_when_idle: "1",
  PRTE_MCA_rmaps_default_mapping_policy: ":oversubscribe",
};

/** The words that run a module of these tests, or eoq. */
export function program(module: string, args: readonly string[]): string[] {
  return [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-all", module, ...args];
}

/** The words that run `eoq`. */
export function eoqWords(args: readonly string[]): string[] {
  return program(CLI, args);
}

function commandOf(words: readonly string[]): Deno.Command {
  return new Deno.Command("mpirun", {
    args: [...words],
    env: ENVIRONMENT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

function decode({ code, stdout, stderr }: Deno.CommandOutput): EoqOutput {
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Runs a program as so many processes, to their end. */
export async function mpirun(ranks: number, words: readonly string[]): Promise<EoqOutput> {
  return decode(await commandOf(["-n", `${ranks}`, ...words]).output());
}

/** Runs a program for each process, all of them together. */
export async function mpirunEach(programs: readonly (readonly string[])[]): Promise<EoqOutput> {
  return decode(
    await commandOf(programs.flatMap((words, i) => [...i === 0 ? [] : [":"], "-n", "1", ...words])).output(),
  );
}

/** Runs a program as so many processes, and does something to them once it is `ready`. */
export async function mpirunUntil(
  ranks: number,
  words: readonly string[],
  ready: () => boolean,
  act: (launcher: Deno.ChildProcess) => void,
): Promise<EoqOutput> {
  const child = commandOf(["-n", `${ranks}`, ...words]).spawn();
  const watch = setInterval(() => {
    if (!ready()) return;
    clearInterval(watch);
    act(child);
  }, 5);
  const output = await child.output();
  clearInterval(watch);
  return decode(output);
}
