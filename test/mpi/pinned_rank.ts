/**
 * What each process of a group runs: those pinned runs whose names a pattern
 * fits, or those large enough to be quantized in the cache, shared with the
 * others. Each process fails where its weights are not those of the first, which
 * prints the hashes and messages as JSON.
 *
 * @module
 */

import { stepMessages } from "../../lib/count/messages.ts";
import type { Batch } from "../../lib/exec/network.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import type { Group, Messages, Part } from "../../lib/native/group.ts";
import { joinGroup } from "../../lib/native/transport.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { batchOf, nameOf, networkOf, PINNED_RUNS, type PinnedRun, positionOf, STEPS } from "../pinned/runs.ts";

type Regular = ReturnType<typeof stepMessages>;

/**
 * Of 65 images two processes have 33 and 32, whose sums in the first stage lie on both sides of what is quantized in the
 * cache; three quantize none there. Alone it is all of them.
 */
export const FUSED: readonly PinnedRun[] = (["eoq", "wageubn"] as const).map((method) => ({
  method,
  plan: buildPlan("resnet-8", { height: 16, width: 16, channels: 3, classes: 4 }),
  batch: 65,
  recipe: ["fused", {}],
}));

/**
 * Exponents of the step before, where halves of a batch have images of other sizes: what tensors lie between is another
 * thing in each of two processes, and in both it is not what the step before had.
 */
export const HALVES: PinnedRun = {
  method: "eoq",
  plan: buildPlan("resnet-8", { height: 8, width: 8, channels: 3, classes: 4 }),
  batch: 8,
  recipe: ["halves", { exponents: "hindsight" }],
};

/** A batch whose one half is dark and whose other half is bright; which is which changes now and then. */
export function halvesOf(run: PinnedRun, step: number): Batch {
  const { images, labels, count } = batchOf(run, step), bytes = images.length / count;
  const isDark = (i: number) => (2 * Math.floor(i / bytes) < count) === (step % 7 < 4);
  return { images: images.map((pixel, i) => isDark(i) ? pixel >> 6 : 255 - (pixel >> 2)), labels, count };
}

/** What the processes came to, by the names of the runs. */
export interface Shared {
  readonly hash: string;
  /** What was sent, and what a formula says. */
  readonly sent: Regular;
  readonly expected: Regular;
  /** Messages of the last step that the data asked for. */
  readonly alignments: number;
}

function partOf({ images, labels, count }: Batch, { first, images: own }: Part): Batch {
  const end = first + Math.max(1, own), bytes = images.length / count;
  return {
    images: images.subarray(first * bytes, end * bytes),
    labels: labels.subarray(first, end),
    count: end - first,
  };
}

/** Of the messages that every step has, what came to pass between two counts. */
function between(before: Messages, after: Messages): Regular {
  return {
    maxima: after.maxima - before.maxima,
    maximaBytes: after.maximaBytes - before.maximaBytes,
    sums: after.sums - before.sums,
    sumsBytes: after.sumsBytes - before.sumsBytes,
  };
}

function times(count: number, { maxima, maximaBytes, sums, sumsBytes }: Regular): Regular {
  return {
    maxima: count * maxima,
    maximaBytes: count * maximaBytes,
    sums: count * sums,
    sumsBytes: count * sumsBytes,
  };
}

async function share(library: Library, group: Group, run: PinnedRun): Promise<Shared> {
  const largest = group.largestPart(run.batch), network = networkOf(library, run, largest);
  const before = group.counts();
  let { alignments } = before;
  for (let step = 0; step < STEPS; step++) {
    const whole = run === HALVES ? halvesOf(run, step) : batchOf(run, step), part = group.partOf(whole.count);
    alignments = group.counts().alignments;
    group.share(part, () => network.trainStep(partOf(whole, part), positionOf(step)));
  }
  const after = group.counts(), sent = between(before, after), hash = await weightsSha256(network.state());
  const once = stepMessages(network.programs(largest).training);
  network.close();
  const hashes = group.gather(new TextEncoder().encode(hash)).map((bytes) => new TextDecoder().decode(bytes));
  if (hashes.some((other) => other !== hash)) throw new Error(`${nameOf(run)}: ${hashes.join(", ")}`);
  return { hash, sent, expected: times(STEPS, once), alignments: after.alignments - alignments };
}

if (import.meta.main) {
  const [pattern = "", isa] = Deno.args;
  using library = await openLibrary({ threads: 1, isa });
  const group = await joinGroup(library);
  const named: Readonly<Record<string, readonly PinnedRun[]>> = { fused: FUSED, halves: [HALVES] };
  const runs = named[pattern] ?? PINNED_RUNS.filter((run) => new RegExp(pattern).test(nameOf(run)));
  const shared: Record<string, Shared> = {};
  for (const run of runs) shared[nameOf(run)] = await share(library, group, run);
  if (group.rank === 0) console.log(JSON.stringify(shared));
  group.close();
}
