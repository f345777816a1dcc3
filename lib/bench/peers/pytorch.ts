/**
 * PyTorch: the plan's network with batch norm in fp32, trained and run by the
 * system's Python in a process of its own.
 *
 * @module
 */

import { packageText } from "../../package/files.ts";
import type { Contestant } from "../contest.ts";
import { MEMORY_STEPS, residentSchema } from "../memory.ts";
import type { StepJob } from "../own_step.ts";
import { sampleInTurn } from "../sampling.ts";
import type { MemoryRow } from "../../report/bench.ts";
import { median } from "../../statistics/median.ts";
import { type Found, NOT_INSTALLED, type StepPeer } from "./peer.ts";
import { PeerProcess } from "./process.ts";

/** Debian's package serves the system's Python, which need not be the first on the path. */
const PYTHON = "/usr/bin/python3";
const LAYOUTS = ["default", "channels_last"] as const;
/** Seconds to sample each layout for before the better one enters. */
const TRIAL_SECONDS = 0.5;

/**
 * With glibc's defaults every large activation is mapped and unmapped anew,
 * which costs PyTorch a fifth of its speed; a user who tunes it keeps them.
 */
const KEEP_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
  MALLOC_TOP_PAD_: String(2 ** 28),
};

async function start(threads: number): Promise<PeerProcess | undefined> {
  return await PeerProcess.start({
    name: "PyTorch",
    command: PYTHON,
    args: ["-c", await packageText("bench/peers/pytorch.py"), String(threads)],
    env: { OMP_NUM_THREADS: String(threads), ...KEEP_MEMORY },
  });
}

/** The faster of two contestants; closes the other. */
async function faster(contestants: readonly Contestant[]): Promise<Contestant> {
  const rates = (await sampleInTurn(contestants, { seconds: TRIAL_SECONDS })).map(median);
  const best = contestants[rates.indexOf(Math.max(...rates))]!;
  for (const each of contestants) if (each !== best) await each.close();
  return best;
}

/** A step in the layout that suits it best. */
async function contestant(
  process: PeerProcess,
  threads: number,
  { plan, batch, phase }: StepJob,
  variant: string,
  compiled: boolean,
): Promise<Contestant> {
  const layouts: Contestant[] = [];
  for (const layout of LAYOUTS) {
    const prepared = await process.prepare({ plan, batch, phase, layout, compiled });
    layouts.push({
      subject: "PyTorch",
      variant,
      arithmetic: "fp32",
      isa: "native",
      threads,
      work: batch,
      ...prepared,
    });
  }
  return await faster(layouts);
}

/** Starts PyTorch where it is installed. */
export async function openPyTorch(threads: number): Promise<Found<StepPeer>> {
  const process = await start(threads);
  if (process === undefined) {
    return { peer: "PyTorch", reason: NOT_INSTALLED, install: "apt-get install python3-torch" };
  }
  return {
    step: async (job) => {
      const eager = await contestant(process, threads, job, "bn-fp32", false);
      return job.phase === "train-step"
        ? [eager]
        : [eager, await contestant(process, threads, job, "bn-fp32 compiled", true)];
    },
    memory: (plan, batch) => measure(plan, batch, threads),
    close: () => process.close(),
  };
}

/** Memory of a training step in a fresh process, in the layout that needs less. */
async function measure(plan: StepJob["plan"], batch: number, threads: number): Promise<MemoryRow> {
  const rows: MemoryRow[] = [];
  for (const layout of LAYOUTS) {
    const process = (await start(threads))!;
    const answer = await process.ask({ command: "memory", plan, batch, layout, steps: MEMORY_STEPS });
    rows.push({ subject: "PyTorch", method: "bn-fp32", batch, ...residentSchema.parse(answer) });
    await process.close();
  }
  return rows.reduce((least, row) => row.peakBytes < least.peakBytes ? row : least);
}
