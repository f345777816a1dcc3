/**
 * JAX: the plan's network with batch norm in fp32, trained and run by Python in
 * a process of its own, each step compiled as one function.
 *
 * @module
 */

import { z } from "zod";
import { packageText } from "../../package/files.ts";
import type { Contestant } from "../contest.ts";
import type { StepJob } from "../own_step.ts";
import { peerMemory } from "./peer_memory.ts";
import type { Found, StepPeer } from "./peer.ts";
import { PeerProcess } from "./process.ts";
import { findInPythons, type Python } from "./python.ts";

/** Orders of an activation's axes. */
const LAYOUTS = ["NHWC", "NCHW"] as const;

const factsSchema = z.object({ version: z.string(), python: z.string() });

async function start({ command }: Python, threads: number): Promise<PeerProcess | undefined> {
  const alone = threads === 1 ? " --xla_cpu_multi_thread_eigen=false" : "";
  return await PeerProcess.start({
    name: "JAX",
    command,
    args: ["-c", await packageText("bench/peers/jax.py")],
    // NPROC is what XLA takes for the number of processors.
    env: { JAX_PLATFORMS: "cpu", NPROC: String(threads), OMP_NUM_THREADS: String(threads), XLA_FLAGS: alone.trim() },
  });
}

async function contestants(
  process: PeerProcess,
  threads: number,
  { plan, batch, phase }: StepJob,
): Promise<Contestant[]> {
  const ready: Contestant[] = [];
  for (const layout of LAYOUTS) {
    ready.push({
      ...{ subject: "JAX", variant: `bn-fp32 ${layout}`, arithmetic: "fp32", isa: "native", threads, work: batch },
      ...await process.prepare({ plan, batch, phase, layout }),
    });
  }
  return ready;
}

/** Starts JAX where it is installed. */
export async function openJax(threads: number): Promise<Found<StepPeer>> {
  const install = "pip install jax";
  const found = await findInPythons({ peer: "JAX", install, start: (python) => start(python, threads) });
  if ("install" in found) return found;
  const { python, process } = found;
  const facts = factsSchema.parse(process.facts);
  return {
    about: { peer: "JAX", version: facts.version, from: `${facts.python} (${python.by})` },
    step: (job) => contestants(process, threads, job),
    memory: (plan, batch) =>
      peerMemory({ subject: "JAX", plan, batch, layouts: LAYOUTS }, async () => (await start(python, threads))!),
    close: () => process.close(),
  };
}
