/**
 * PyTorch: the plan's network with batch norm in fp32, trained and run by
 * Python in a process of its own, in every mode that this PyTorch has.
 *
 * @module
 */

import { z } from "zod";
import { messageOf, RunError } from "../../errors.ts";
import { packageText } from "../../package/files.ts";
import type { MissingMode, PeerVersion } from "../../report/bench.ts";
import type { Contestant } from "../contest.ts";
import type { StepJob } from "../own_step.ts";
import { peerMemory } from "./peer_memory.ts";
import type { Found, StepPeer } from "./peer.ts";
import { PeerProcess } from "./process.ts";
import { findInPythons, type Python } from "./python.ts";

const LAYOUTS = ["default", "channels_last"] as const;

/** What a network goes through before it runs: nothing, TorchScript's optimizer for inference, `torch.compile`. */
type Compiler = "none" | "jit" | "compile";

const NAMES: Readonly<Record<Compiler | typeof LAYOUTS[number], string>> = {
  ...{ none: "", jit: " jit", compile: " compile" },
  ...{ default: "", channels_last: " channels-last" },
};

/** Seconds that a mode may take to compile. */
const COMPILE_SECONDS = 300;

/**
 * With glibc's defaults every large activation is mapped and unmapped anew,
 * which costs PyTorch a fifth of its speed; a user who tunes it keeps them.
 */
const KEEP_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 32),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
  MALLOC_TOP_PAD_: String(2 ** 28),
};

/** Processes that compile would stay, and take turns with what is timed. */
const COMPILE_ALONE = { TORCHINDUCTOR_COMPILE_THREADS: "1" };

const factsSchema = z.object({ version: z.string(), python: z.string(), compiles: z.boolean() });

async function start({ command }: Python, threads: number): Promise<PeerProcess | undefined> {
  return await PeerProcess.start({
    name: "PyTorch",
    command,
    args: ["-c", await packageText("bench/peers/pytorch.py"), String(threads)],
    env: { OMP_NUM_THREADS: String(threads), ...KEEP_MEMORY, ...COMPILE_ALONE },
  });
}

/** How a PyTorch can take a step; TorchScript is for inference alone. */
function compilersFor(phase: StepJob["phase"], compiles: boolean): Compiler[] {
  return ["none", ...phase === "inference" ? ["jit"] as const : [], ...compiles ? ["compile"] as const : []];
}

/** A step in each mode; tells of those that fail. */
async function contestants(
  process: PeerProcess,
  threads: number,
  { plan, batch, phase }: StepJob,
  compilers: readonly Compiler[],
  onMissing: (mode: MissingMode) => void,
): Promise<Contestant[]> {
  const ready: Contestant[] = [];
  for (const compiler of compilers) {
    for (const layout of LAYOUTS) {
      const variant = `bn-fp32${NAMES[compiler]}${NAMES[layout]}`;
      try {
        const prepared = await process.prepare({ plan, batch, phase, layout, compiler, limit: COMPILE_SECONDS });
        ready.push({
          ...{ subject: "PyTorch", variant, arithmetic: "fp32", isa: "native", threads, work: batch },
          ...prepared,
        });
      } catch (error) {
        // Without a compiler a mode fails because the peer does.
        if (!(error instanceof RunError) || compiler === "none") throw error;
        onMissing({ peer: "PyTorch", variant, phase, batch, reason: messageOf(error) });
      }
    }
  }
  return ready;
}

/** Starts PyTorch where it is installed; tells of each mode that fails in a step. */
export async function openPyTorch(
  threads: number,
  onMissing: (mode: MissingMode) => void,
): Promise<Found<StepPeer>> {
  const found = await findInPythons({
    peer: "PyTorch",
    install: "pip install torch, or apt-get install python3-torch",
    start: (python) => start(python, threads),
  });
  if ("install" in found) return found;
  const { python, process } = found;
  const facts = factsSchema.parse(process.facts);
  const about: PeerVersion = { peer: "PyTorch", version: facts.version, from: `${facts.python} (${python.by})` };
  return {
    about,
    step: (job) => contestants(process, threads, job, compilersFor(job.phase, facts.compiles), onMissing),
    memory: (plan, batch) =>
      peerMemory({ subject: "PyTorch", plan, batch, layouts: LAYOUTS }, async () => (await start(python, threads))!),
    close: () => process.close(),
  };
}
