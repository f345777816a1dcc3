/**
 * What eoq bench sees of the libraries that people would use instead.
 *
 * @module
 */

import type { Plan } from "../../plan/plan.ts";
import type { Contestant } from "../contest.ts";
import type { ConvJob } from "../own_convolution.ts";
import type { StepJob } from "../own_step.ts";
import type { MemoryRow, PEERS, PeerVersion } from "../../report/bench.ts";

/** Name of a peer. */
export type PeerName = typeof PEERS[number];

/** A peer of the kernels. */
export interface KernelPeer {
  readonly about: PeerVersion;
  /** What the peer has for a pass over a convolution; empty where it has nothing. */
  readonly convolution: (job: ConvJob) => Promise<Contestant[]>;
  readonly close: () => void | Promise<void>;
}

/** A peer of whole steps. */
export interface StepPeer {
  readonly about: PeerVersion;
  /** Each way in which the peer can take a step. */
  readonly step: (job: StepJob) => Promise<Contestant[]>;
  /** Memory of a training step. */
  readonly memory: (plan: Plan, batch: number) => Promise<MemoryRow>;
  readonly close: () => void | Promise<void>;
}

/** A peer that cannot take part, why not, and the command that installs it. */
export interface MissingPeer {
  readonly peer: PeerName;
  readonly reason: string;
  readonly install: string;
}

/** The reason of most. */
export const NOT_INSTALLED = "is not installed";

/** A peer, or what to do to have it. */
export type Found<T> = T | MissingPeer;

/** Whether a peer is missing. */
export function isMissing<T extends object>(found: Found<T>): found is MissingPeer {
  return "install" in found;
}
