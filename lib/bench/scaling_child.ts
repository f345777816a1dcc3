/**
 * One rank of `eoq bench scale`: it takes steps together with the others, and
 * the first prints as JSON what they came to. Its argument is a
 * {@linkcode ScalingJob} as JSON.
 *
 * @module
 */

import { type RegularMessages, stepMessages } from "../count/messages.ts";
import { createNetwork, type Method } from "../exec/methods.ts";
import { type Batch, FULL_RATE } from "../exec/network.ts";
import { Group, type Messages, type Part } from "../native/group.ts";
import { type Library, openLibrary } from "../native/library.ts";
import { buildTransport } from "../native/transport.ts";
import { launchOf } from "../package/launch.ts";
import { buildPlan } from "../plan/models.ts";
import { weightsSha256 } from "../train/weights_hash.ts";
import { openImages, STEP_IMAGES, type StepImages } from "./images.ts";
import { secondsOf } from "./sampling.ts";
import { HASHED_STEPS, type ScalingJob, type ScalingSample } from "./scaling_job.ts";

/** Steps of a sample, at least and at most. */
const FEWEST = 5, MOST = 400;

const KINDS = ["maxima", "maximaBytes", "sums", "sumsBytes"] as const;

/** A rank's images of a batch; one without any computes on the first there is. */
function partOf({ images, labels }: Batch, { first, images: own, whole }: Part): Batch {
  const from = Math.min(first, whole - 1), count = Math.max(1, own), bytes = images.length / whole;
  return {
    images: images.subarray(from * bytes, (from + count) * bytes),
    labels: labels.subarray(from, from + count),
    count,
  };
}

/** What a step sent, of so many between two counts. */
function sentBetween(before: Messages, after: Messages, steps: number): RegularMessages {
  return Object.fromEntries(KINDS.map((kind) => [kind, (after[kind] - before[kind]) / steps])) as
    & RegularMessages
    & Record<string, number>;
}

const NOTHING: RegularMessages = { maxima: 0, maximaBytes: 0, sums: 0, sumsBytes: 0 };

/** What a rank works with; there is no group where it is alone. */
interface Rank {
  readonly library: Library;
  readonly group: Group | undefined;
  readonly images: StepImages;
}

/** All ranks take the same steps: how many, the slowest of the first ones says. */
async function sample(
  { library, group, images }: Rank,
  { model, recipe, seconds }: ScalingJob,
  method: Method,
  batch: number,
): Promise<ScalingSample> {
  const plan = buildPlan(model, STEP_IMAGES), part = group?.largestPart(batch);
  const network = createNetwork(method, {
    ...{ library, plan, batch, seed: 1, recipe },
    ...part !== undefined && { part },
  });
  const take = (step: number): number => {
    const whole = images.batch(plan, batch, step), position = { step, rate: FULL_RATE };
    if (group === undefined) return secondsOf(() => network.trainStep(whole, position));
    const share = group.partOf(batch), own = partOf(whole, share);
    // Together, so that nobody's time is that of making images.
    group.any(false);
    return secondsOf(() => group.share(share, () => network.trainStep(own, position)));
  };
  const first = Array.from({ length: HASHED_STEPS }, (_, step) => take(step));
  const hash = await weightsSha256(network.state()), least = Math.min(...first);
  const hashes = group?.gather(new TextEncoder().encode(hash)).map((each) => new TextDecoder().decode(each)) ?? [hash];
  const steps = Math.min(MOST, Math.max(FEWEST, Math.ceil(seconds / (group?.largest(least) ?? least))));
  const before = group?.counts();
  const taken = Array.from({ length: steps }, (_, i) => take(HASHED_STEPS + i));
  const messages = before === undefined ? NOTHING : sentBetween(before, group!.counts(), steps);
  const formula = group === undefined ? NOTHING : stepMessages(network.programs(part!).training);
  network.close();
  return { method, batch, seconds: taken, messages, formula, hashes };
}

if (import.meta.main) {
  const job: ScalingJob = JSON.parse(Deno.args[0]!);
  const images = await openImages(job.data), transport = await buildTransport();
  using library = await openLibrary(job);
  const launch = launchOf(), group = launch?.size === 1 ? undefined : new Group(library, transport.path);
  const samples: ScalingSample[] = [];
  for (const method of job.methods) {
    for (const batch of job.batches) samples.push(await sample({ library, group, images }, job, method, batch));
  }
  if (group === undefined || group.rank === 0) {
    console.log(JSON.stringify({ ranks: group?.size ?? 1, images: images.source, samples }));
  }
  group?.close();
}
