/**
 * Runs that several processes do together: whether they do, how they find each
 * other, and what must be the same in all of them.
 *
 * @module
 */

import { messageOf, RunError, UserError } from "../../errors.ts";
import type { Library } from "../../native/library.ts";
import type { Group } from "../../native/group.ts";
import { joinGroup } from "../../native/transport.ts";
import { launchOf } from "../../package/launch.ts";
import { sha256Text } from "../../package/sha256.ts";
import type { Values } from "../../cli/options.ts";

/** Whether this process trains beside others: a launcher of MPI started it so, or `--ranks mpi` says it. */
export function hasRanks({ ranks }: Pick<Values, "ranks">): boolean {
  if (ranks !== undefined) return ranks !== "none";
  const launch = launchOf();
  return launch !== undefined && launch.size > 1;
}

/**
 * Joins the processes that a launcher of MPI started, or those that `--ranks mpi` says there are. No child process may
 * be started behind it.
 *
 * @returns undefined where this process trains alone.
 * @throws {UserError} when there is no MPI, or the launcher is of another one.
 */
export async function joinRanks(
  library: Library,
  values: Values,
): Promise<Group | undefined> {
  if (!hasRanks(values)) return undefined;
  const launch = launchOf(), group = await joinGroup(library, values["ranks-wait"]);
  if (launch !== undefined && launch.size !== group.size) {
    throw new UserError(
      `--ranks: ${launch.size} processes were started, and mpicc's MPI sees ${group.size}: start them with its own mpirun`,
    );
  }
  return group;
}

/** An error of a run that processes do together; where it comes from their messages, one that says no more than why. */
export function lostRanks(error: unknown): unknown {
  const [, reason] = /\bgroup: a (?:combination|gathering) failed: (.*)/.exec(messageOf(error)) ?? [];
  return reason === undefined ? error : new RunError(`lost the other ranks: ${reason}`);
}

/**
 * Holds what decides a result against that of the first process.
 *
 * @param facts texts by what they are, as "configuration"
 * @throws {UserError} in all processes alike, naming the first one that differs, and in what.
 */
export async function requireSame(group: Group, facts: Readonly<Record<string, string>>): Promise<void> {
  for (const [what, text] of Object.entries(facts)) {
    const digests = group.gather(new TextEncoder().encode(await sha256Text(text))).map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    const other = digests.findIndex((digest) => digest !== digests[0]);
    if (other !== -1) throw new UserError(`rank ${other} has other ${what} than rank 0`);
  }
}
