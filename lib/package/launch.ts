/**
 * Which of several processes this is, where a launcher of MPI such as mpirun
 * started it beside others.
 *
 * @module
 */

/** Of the processes that were started together. */
export interface Launch {
  /** From 0 on. */
  readonly rank: number;
  /** How many there are. */
  readonly size: number;
}

/** Rank and size as the launchers of Open MPI and of MPICH and its descendants set them. */
const VARIABLES = [["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"], ["PMI_RANK", "PMI_SIZE"]] as const;

/** What is read of the environment. */
export const LAUNCH_VARIABLES: readonly string[] = VARIABLES.flat();

/** A whole number in the environment; undefined where there is none, or Deno may not say. */
function numberIn(variable: string): number | undefined {
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return undefined;
  const text = Deno.env.get(variable);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** What a launcher says of this process; undefined where none started it. */
export function launchOf(): Launch | undefined {
  for (const [rankName, sizeName] of VARIABLES) {
    const rank = numberIn(rankName), size = numberIn(sizeName);
    if (rank !== undefined && size !== undefined && rank < size) return { rank, size };
  }
}
