/**
 * `eoq bench scale`: training steps that ranks share, started by mpirun as a
 * user would start them. Numbers of ranks take turns, so that a slow spell of
 * the machine hits all of them.
 *
 * @module
 */

import { RunError, UserError } from "../errors.ts";
import { INSTALL } from "../native/transport.ts";
import { runChild, runModule } from "../package/child.ts";
import type { ImageSource } from "../report/bench.ts";
import type { ScalingRow } from "../report/scaling.ts";
import { estimateMedian } from "../statistics/bootstrap.ts";
import { counted } from "../terminal/format.ts";
import type { ScalingJob, ScalingSample } from "./scaling_job.ts";

const LAUNCHER = "mpirun", CHILD = "lib/bench/scaling_child.ts";

/** Turns of each number of ranks. */
const TURNS = 3;

/**
 * More ranks than cores, those of root too, as in most containers, and none bound to a core that its threads would then
 * share, as Open MPI is told (versions 4 and 5); others do that anyway.
 */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  OMPI_MCA_rmaps_base_oversubscribe: "1",
  OMPI_MCA_hwloc_base_binding_policy: "none",
  PRTE_MCA_rmaps_default_mapping_policy: ":oversubscribe",
};

/** What mpirun says of itself. @throws {UserError} where there is none, or Deno may not run it. */
export async function requireLauncher(): Promise<string> {
  if ((await Deno.permissions.query({ name: "run", command: LAUNCHER })).state !== "granted") {
    throw new UserError(
      `eoq bench scale runs ${LAUNCHER}, which Deno may not: start it as deno run -A cli.ts bench scale`,
    );
  }
  try {
    const { stdout } = await runChild(LAUNCHER, { args: ["--version"], stderr: "null" });
    return new TextDecoder().decode(stdout).trim().split("\n")[0]!;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(`no MPI found (tried ${LAUNCHER}): install one, ${INSTALL}`);
  }
}

/** What the ranks of one run came to. */
interface Answer {
  readonly ranks: number;
  readonly images: ImageSource;
  readonly samples: readonly ScalingSample[];
}

async function launch(ranks: number, job: ScalingJob, oversubscribed: boolean): Promise<Answer> {
  const child = [Deno.execPath(), ...runModule(CHILD, ["--no-prompt", "--allow-all"]), JSON.stringify(job)];
  // Where ranks share cores one that waits gives its core away; where they do not, waiting awake is faster.
  const env = { ...ENVIRONMENT, ...oversubscribed && { OMPI_MCA_mpi_yield_when_idle: "1" } };
  const { success, stdout, stderr } = await runChild(LAUNCHER, { args: ["-n", `${ranks}`, ...child], env });
  if (!success) {
    const [why = "no reason given"] = new TextDecoder().decode(stderr).split("\n").filter((line) => /\w/.test(line));
    throw new RunError(`${LAUNCHER} -n ${ranks} failed: ${why}`);
  }
  const answer: Answer = JSON.parse(new TextDecoder().decode(stdout));
  if (answer.ranks === ranks) return answer;
  throw new UserError(
    `${LAUNCHER} started ${ranks} processes, and mpicc's MPI sees ${answer.ranks}: they are not of one MPI`,
  );
}

/** Takes the steps of a job at each number of ranks. Told of each turn before it begins. */
export async function benchScaling(
  job: ScalingJob,
  counts: readonly number[],
  onTurn: (what: string) => void,
): Promise<{ rows: ScalingRow[]; images: ImageSource }> {
  const answers: Answer[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    for (const ranks of counts) {
      onTurn(`${counted(ranks, "rank")}, ${turn + 1} of ${TURNS}`);
      const oversubscribed = ranks * job.threads > navigator.hardwareConcurrency;
      answers.push(await launch(ranks, { ...job, seconds: job.seconds / TURNS }, oversubscribed));
    }
  }
  return { rows: scalingRows(answers, job.threads), images: answers[0]!.images };
}

/** The turns of each method, batch and number of ranks as one row; efficiency is over the fewest ranks. */
export function scalingRows(answers: readonly Answer[], threads: number): ScalingRow[] {
  const all = answers.flatMap(({ ranks, samples }) => samples.map((sample) => ({ ranks, ...sample })));
  const works = Map.groupBy(all, ({ method, batch }) => `${method} ${batch}`);
  return [...works.values()].flatMap((work) => {
    const measured = [...Map.groupBy(work, ({ ranks }) => ranks).values()].map((turns) => {
      const rates = turns.flatMap(({ seconds, batch }) => seconds.map((each) => batch / each));
      const { method, batch, ranks, messages, formula } = turns[0]!, hashes = turns.flatMap(({ hashes }) => hashes);
      const same = hashes.every((hash) => hash === hashes[0]);
      return {
        ...{ method, batch, ranks, threads, ...estimateMedian(rates), samples: rates.length, messages, formula },
        weightsSha256: same ? hashes[0]! : null,
      };
    }).toSorted((a, b) => a.ranks - b.ranks);
    const [least] = measured;
    return measured.map((row) => ({
      ...row,
      efficiency: row.median / row.ranks / (least!.median / least!.ranks),
    }));
  });
}
