/**
 * `eoq bench kernels`: every pass over every shape, against the peers that
 * have it.
 *
 * @module
 */

import type { Library } from "../native/library.ts";
import type { Plan } from "../plan/plan.ts";
import { type Contestant, holdContest, type Outcome, type Peak } from "./contest.ts";
import { type ConvJob, ownConvolutions } from "./own_convolution.ts";
import type { KernelPeer } from "./peers/peer.ts";
import type { SamplingTarget } from "./sampling.ts";
import type { Setting } from "../report/setting.ts";
import { convolutionShapes, gemmShapes } from "./shapes.ts";

/** What {@linkcode benchKernels} measures, with what. */
export interface KernelBench extends SamplingTarget {
  readonly library: Library;
  readonly settings: readonly Setting[];
  readonly peaks: readonly Peak[];
  readonly peers: readonly KernelPeer[];
  readonly plan: Plan;
  readonly batches: readonly number[];
}

async function contestants({ library, settings, peers }: KernelBench, job: ConvJob): Promise<Contestant[]> {
  const own = settings.flatMap((setting) => ownConvolutions(library, setting, job));
  const theirs: Contestant[] = [];
  for (const peer of peers) theirs.push(...await peer.convolution(job));
  return [...own, ...theirs];
}

/** Holds a contest for each pass of each shape; outcomes come as they are measured. */
export async function* benchKernels(bench: KernelBench): AsyncGenerator<Outcome> {
  const { plan, batches, peaks } = bench;
  for (const batch of batches) {
    for (const { name, conv, phases } of [...convolutionShapes(plan, batch), ...gemmShapes(plan, batch)]) {
      for (const phase of phases) {
        const entrants = await contestants(bench, { conv, batch, phase });
        try {
          const contest = { phase, shape: name, batch, unit: "GMAC/s", gigaMacs: 1 } as const;
          yield await holdContest(contest, entrants, peaks, bench);
        } finally {
          for (const each of entrants) await each.close();
        }
      }
    }
  }
}
