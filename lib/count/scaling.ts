/**
 * A step that ranks share, on paper: what computing takes, which is measured,
 * and what its messages take by the latency and bandwidth of a network (Hockney
 * 1994). Messages go one after the other: sums of integer gradients are on their
 * way while the kernels go on; all others are waited for where they are sent,
 * behind those. All ranks are as fast as each other, and nothing else is in the network.
 *
 * @module
 */

import type { Interconnect } from "./interconnect.ts";
import type { CallMessages } from "./messages.ts";

/** A measured step of one process. */
export interface ComputePoint {
  readonly batch: number;
  /** Of a step. */
  readonly seconds: number;
}

/** Seconds of messages: those that any byte waits, and those that bytes take. */
export interface MessageSeconds {
  readonly latency: number;
  readonly transfer: number;
}

const NOTHING: MessageSeconds = { latency: 0, transfer: 0 };

/** Rounds of an exchange that doubles what each rank knows. */
function roundsOf(ranks: number): number {
  return Math.ceil(Math.log2(ranks));
}

/** Seconds of so many latencies, and of so many bytes. */
function secondsOf({ latency, bandwidth }: Interconnect, latencies: number, bytes: number): MessageSeconds {
  return {
    latency: 1e-6 * latency.microseconds * latencies,
    transfer: bytes / (1e9 * bandwidth.gigabytesPerSecond),
  };
}

/**
 * An all-reduce: the cheaper of recursive doubling, which sends all bytes in each round, and of recursive halving and
 * doubling, which has twice the rounds (Thakur, Rabenseifner and Gropp 2005).
 */
export function allReduceSeconds(network: Interconnect, ranks: number, bytes: number): MessageSeconds {
  if (ranks === 1) return NOTHING;
  const rounds = roundsOf(ranks);
  const doubling = secondsOf(network, rounds, rounds * bytes);
  const halving = secondsOf(network, 2 * rounds, 2 * bytes * (ranks - 1) / ranks);
  const total = ({ latency, transfer }: MessageSeconds) => latency + transfer;
  return total(doubling) <= total(halving) ? doubling : halving;
}

/** A sum of floats in the order of more than two ranks (kernels/mpi/transport.c): each rank gets a share of everybody's, and hands its sums to all. */
export function orderedSumSeconds(network: Interconnect, ranks: number, bytes: number): MessageSeconds {
  if (ranks === 1) return NOTHING;
  return secondsOf(network, ranks - 1 + roundsOf(ranks), 2 * bytes * (ranks - 1) / ranks);
}

/** A step's seconds at a batch: on the line between the measured ones next to it, and beyond the largest on the last line. */
export function computeSeconds(points: readonly ComputePoint[], batch: number): number {
  const sorted = points.toSorted((a, b) => a.batch - b.batch), [least] = sorted;
  if (sorted.length === 1) return least!.seconds * batch / least!.batch;
  if (batch <= least!.batch) return least!.seconds;
  const i = Math.max(1, sorted.findIndex((point, i) => batch <= point.batch || i === sorted.length - 1));
  const [low, high] = [sorted[i - 1]!, sorted[i]!];
  return low.seconds + (high.seconds - low.seconds) * (batch - low.batch) / (high.batch - low.batch);
}

/** A method's step. */
export interface SharedStep {
  /** What each call combines in a step of so many images: in large batches some sums are wider. */
  readonly messages: (batch: number) => readonly CallMessages[];
  /** What each call has of all that is computed: products, in any unit. */
  readonly work: readonly number[];
  /** Whether its sums are of floats, and so in the order of the ranks. */
  readonly ordered: boolean;
  readonly compute: readonly ComputePoint[];
}

/** How a batch goes with the ranks: the whole batch stays the same, or that of a rank does. */
export const SCALINGS = ["strong", "weak"] as const;

/** Name of a scaling. */
export type Scaling = typeof SCALINGS[number];

/** What most of a step waits for; `batch` where ranks have no image. */
export const SCALE_BOUNDS = ["compute", "latency", "bandwidth", "batch"] as const;

/** What a step of so many ranks comes to. */
export interface ScaledStep {
  readonly ranks: number;
  /** Images of all ranks together. */
  readonly batch: number;
  readonly imagesPerSecond: number;
  /** The rate over that of as many processes that need no messages and lose nothing on small batches. */
  readonly efficiency: number;
  /** Seconds of a step. */
  readonly seconds: MessageSeconds & {
    readonly compute: number;
    /** Of messages while the kernels computed: no part of the step's. */
    readonly hidden: number;
  };
  readonly bound: typeof SCALE_BOUNDS[number];
}

const plus = (a: MessageSeconds, b: MessageSeconds): MessageSeconds => ({
  latency: a.latency + b.latency,
  transfer: a.transfer + b.transfer,
});

const totalOf = ({ latency, transfer }: MessageSeconds): number => latency + transfer;

/** What of a step's messages over so many ranks is waited for, and what they take while the kernels compute for so many seconds. */
function messageSeconds(
  { messages, ordered, work }: SharedStep,
  network: Interconnect,
  { ranks, batch, compute }: { readonly ranks: number; readonly batch: number; readonly compute: number },
): MessageSeconds & { readonly hidden: number } {
  // Of two ranks each has the other's floats: that is their order.
  const sum = ordered && ranks > 2 ? orderedSumSeconds : allReduceSeconds;
  const secondsOfWork = compute / work.reduce((sum, each) => sum + each, 0);
  // The time of the kernels, and when what was sent before is there.
  let clock = 0, free = 0, sent = NOTHING, waited = NOTHING;
  const flying: { readonly awaited: number; readonly there: number; readonly cost: MessageSeconds }[] = [];
  const wait = (cost: MessageSeconds) => {
    waited = plus(waited, cost);
    clock += totalOf(cost);
  };
  const arrive = (at: number) => {
    for (const { awaited, there, cost } of flying) {
      const share = (there - clock) / totalOf(cost);
      if (awaited !== at || !(share > 0)) continue;
      // Whoever is behind others in the line waits for those, too.
      wait({ latency: share * cost.latency, transfer: share * cost.transfer });
    }
  };
  messages(batch).forEach(({ maxima, maximaBytes, sums, sumsBytes, departures }, i) => {
    arrive(i);
    clock += work[i]! * secondsOfWork;
    const blocking = sums - departures.length;
    const bytes = sumsBytes - departures.reduce((sum, { bytes }) => sum + bytes, 0);
    const now = [
      ...Array.from({ length: maxima }, () => allReduceSeconds(network, ranks, maximaBytes / maxima)),
      ...Array.from({ length: blocking }, () => sum(network, ranks, bytes / blocking)),
    ];
    for (const cost of now) {
      sent = plus(sent, cost);
      wait({ latency: 0, transfer: Math.max(0, free - clock) });
      wait(cost);
      free = clock;
    }
    for (const { bytes, awaited } of departures) {
      const cost = sum(network, ranks, bytes);
      free = Math.max(free, clock) + totalOf(cost);
      sent = plus(sent, cost);
      flying.push({ awaited: ordered ? i : awaited, there: free, cost });
    }
    // What was still held back for more is sent by the call that then waits for it.
    arrive(i);
  });
  arrive(work.length);
  return { ...waited, hidden: Math.max(0, totalOf(sent) - totalOf(waited)) };
}

function boundOf({ compute, latency, transfer }: ScaledStep["seconds"], idle: boolean): ScaledStep["bound"] {
  if (idle) return "batch";
  if (compute >= Math.max(latency, transfer)) return "compute";
  return latency >= transfer ? "latency" : "bandwidth";
}

/**
 * A step on so many ranks.
 *
 * @param batch images of the whole batch in strong scaling, of a rank in weak scaling
 */
export function scaleStep(
  step: SharedStep,
  network: Interconnect,
  { scaling, ranks, batch }: { readonly scaling: Scaling; readonly ranks: number; readonly batch: number },
): ScaledStep {
  const whole = scaling === "strong" ? batch : batch * ranks;
  const compute = computeSeconds(step.compute, Math.ceil(whole / ranks));
  const seconds = { compute, ...messageSeconds(step, network, { ranks, batch: whole, compute }) };
  const imagesPerSecond = whole / (seconds.compute + seconds.latency + seconds.transfer);
  const alone = batch / computeSeconds(step.compute, batch);
  return {
    ...{ ranks, batch: whole, imagesPerSecond, seconds },
    efficiency: imagesPerSecond / (ranks * alone),
    bound: boundOf(seconds, ranks > whole),
  };
}
