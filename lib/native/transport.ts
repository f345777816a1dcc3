/**
 * What carries messages between processes, compiled on first use for the MPI
 * that this machine has.
 *
 * @module
 */

import { RunError, UserError } from "../errors.ts";
import { runChild } from "../package/child.ts";
import { readSources, TRANSPORTS, writeSources } from "./build.ts";
import { type BuiltLibrary, cachedLibrary, OUTPUT } from "./cache.ts";
import { type Compiler, runCompiler } from "./compiler.ts";
import type { Functions } from "./functions.ts";
import { Group } from "./group.ts";

/** The compiler of whichever MPI is installed. */
export const MPI_COMPILER = "mpicc";

const FLAGS = ["-std=c11", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra"];

/** What installs an MPI. */
export const INSTALL = "on Debian or Ubuntu with: apt-get install openmpi-bin libopenmpi-dev";

/** What this machine has of MPI, in words. */
export async function aboutMpi(): Promise<string> {
  if ((await Deno.permissions.query({ name: "run", command: MPI_COMPILER })).state !== "granted") {
    return `not looked for: Deno may not run ${MPI_COMPILER}, which mpirun deno run -A cli.ts lets it`;
  }
  const found = await findMpi();
  return found === undefined
    ? `no ${MPI_COMPILER}: needed where several processes train together, ${INSTALL}`
    : `${found.command}: ${found.version}`;
}

/** MPI's compiler; undefined where there is none. */
export async function findMpi(): Promise<Compiler | undefined> {
  try {
    const { success, stdout } = await runChild(MPI_COMPILER, { args: ["-show"], stderr: "null" });
    if (success) return { command: MPI_COMPILER, version: new TextDecoder().decode(stdout).trim() };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new UserError(`Deno may not run ${MPI_COMPILER}: start eoq as mpirun -n N deno run -A cli.ts`);
    }
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** MPI's compiler, which must be there. @throws {UserError} that says how to install one. */
async function requireMpi(): Promise<Compiler> {
  const found = await findMpi();
  if (found !== undefined) return found;
  throw new UserError(`no MPI found (tried ${MPI_COMPILER}): install one, ${INSTALL}`);
}

/**
 * The transport, compiled now if it is not in the cache.
 *
 * @throws {UserError} when there is no MPI or the cache cannot be written.
 * @throws {RunError} when the compiler rejects the source.
 */
export async function buildTransport(): Promise<BuiltLibrary> {
  const sources = (await readSources()).filter(({ path }) =>
    path.startsWith(TRANSPORTS) || path === "eoq.h" || path === "core/transport.h"
  );
  const units = sources.map(({ path }) => path).filter((path) => path.endsWith(".c"));
  if (units.length === 0) throw new RunError("the package has no transport");
  return await cachedLibrary("mpi", [sources, FLAGS], async (compiler, folder) => {
    await writeSources(sources, folder);
    await runCompiler(compiler, [...FLAGS, ...units, "-o", OUTPUT], folder, "the transport");
  }, requireMpi);
}

/**
 * Joins the processes that a launcher of MPI has started together, each of which calls this. From here on no child
 * process may be started: MPI takes the news of their end.
 *
 * @param seconds how long this process waits for others before what it does together with them fails
 * @throws {UserError} when there is no MPI.
 * @throws {RunError} when there is no way to the other processes.
 */
export async function joinGroup(library: Functions, seconds?: number): Promise<Group> {
  return new Group(library, (await buildTransport()).path, seconds);
}
