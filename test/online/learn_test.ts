import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { DivergedError, UserError } from "../../lib/errors.ts";
import { learn } from "../../lib/online/learn.ts";
import { Learner, type Student } from "../../lib/online/learner.ts";
import type { Fault, LabelledImage, Stream } from "../../lib/online/stream.ts";
import type { Prediction } from "../../lib/model/prediction.ts";
import type { OnlineConfig, OnlineState } from "../../lib/train/online_state.ts";
import { DoubleNetwork, smallSplit } from "../train/double.ts";

const split = smallSplit(60);
/** Where the stream has no image to learn from. */
const FAULTS: Readonly<Record<number, Fault>> = {
  3: { kind: "broken", message: "image 3" },
  4: { kind: "unknown", message: "image 4" },
  20: { kind: "broken", message: "image 20" },
};

function itemOf(index: number, faults: Readonly<Record<number, Fault>>): LabelledImage | Fault {
  return faults[index] ?? { pixels: split.image(index), label: split.labels[index]! };
}

function streamOf(count: number, faults = {}, name = "image"): Stream & { readonly read: number[] } {
  const read: number[] = [];
  const entries = function* () {
    for (let i = 0; i < count; i++) {
      yield {
        key: `${name} ${i}`,
        read: () => {
          read.push(i);
          return Promise.resolve(itemOf(i, faults));
        },
      };
    }
  };
  return { count, entries, read };
}

const config = (batch: number): OnlineConfig => ({
  stream: { source: "mnist", split: "test", order: "listed", seed: null, only: null, change: null },
  batch,
  rate: 1234,
  statistics: "batch",
  train: "all",
  from: "0".repeat(64),
});

/** A model in plain TypeScript: its network says no classes, so it says of each image whether it finds its own. */
class DoubleModel implements Student {
  readonly network = new DoubleNetwork();
  readonly shape = split.shape;
  learnt = { steps: 0, images: 0 };

  learn(images: Uint8Array, labels: number | ArrayLike<number>) {
    const classes = Int16Array.from(labels as ArrayLike<number>), count = classes.length;
    const predictions = Array.from(classes, (label, i): Prediction => {
      const pixels = images.subarray(16 * i, 16 * (i + 1));
      const { correct } = this.network.evaluate({ images: pixels, labels: classes.subarray(i, i + 1), count: 1 });
      return { label: correct === 1 ? label : -1, name: "", probabilities: [], logits: [] };
    });
    this.network.trainStep({ images, labels: classes, count }, { step: 100 + this.learnt.steps, rate: 1234 });
    this.learnt = { steps: this.learnt.steps + 1, images: this.learnt.images + count };
    return predictions;
  }
}

interface Saved {
  readonly state: OnlineState;
  readonly model: DoubleModel;
}

function learnerOf(batch: number, saved?: Saved): Learner<DoubleModel> {
  const model = new DoubleModel();
  if (saved !== undefined) {
    model.network.restore(saved.model.network.state());
    model.learnt = saved.model.learnt;
  }
  return new Learner({ model, config: config(batch), state: saved?.state });
}

/** As a checkpoint keeps it. */
const saved = (learner: Learner<DoubleModel>): Saved => ({
  state: JSON.parse(JSON.stringify(learner.state())),
  model: learner.model,
});

/** What a plain loop over the images comes to: predict each of a batch, then one step. */
function reference(batch: number, count: number, faults: Readonly<Record<number, Fault>>) {
  const network = new DoubleNetwork(), found: boolean[] = [];
  const images = Array.from({ length: count }, (_, i) => i).filter((i) => faults[i] === undefined);
  for (let from = 0, step = 100; from < images.length; from += batch, step++) {
    const indices = images.slice(from, from + batch);
    for (const i of indices) {
      const one = { images: split.image(i), labels: split.labels.subarray(i, i + 1), count: 1 };
      found.push(network.evaluate(one).correct === 1);
    }
    network.trainStep({
      images: Uint8Array.from(indices.flatMap((i) => [...split.image(i)])),
      labels: Int16Array.from(indices, (i) => split.labels[i]!),
      count: indices.length,
    }, { step, rate: 1234 });
  }
  return { network, found };
}

for (const batch of [1, 3, 8]) {
  Deno.test(`learn: with batch ${batch} each image is predicted before it is learnt from, as in a plain loop`, async () => {
    const learner = learnerOf(batch), skipped: string[] = [];
    const stream = streamOf(50, FAULTS);
    const ending = await learn({
      ...{ stream, learners: [learner], onError: "skip" },
      onSkipped: ({ message }) => skipped.push(message),
    });
    const { network, found } = reference(batch, 50, FAULTS);
    assertEquals(ending, "ended");
    assertEquals(learner.model.network.state(), network.state());
    assertEquals(learner.model.network.steps, network.steps);
    assertEquals(skipped, ["image 3", "image 4", "image 20"]);
    const { outcomes, entries, skipped: counted } = learner.state();
    assertEquals([entries, counted], [50, { broken: 2, unknown: 1 }]);
    assertEquals(outcomes.recent, found.map(Number).join(""));
    assert(found.includes(true) && found.includes(false), "predictions that cannot tell right from wrong");
  });
}

Deno.test("learn: a run that is cut anywhere, and gone on with, ends where an unbroken one does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 3, 8), fc.array(fc.nat(49), { maxLength: 4 }), async (batch, cuts) => {
      const whole = learnerOf(batch);
      await learn({ stream: streamOf(50, FAULTS), learners: [whole], onError: "skip" });
      let learner = learnerOf(batch);
      for (const cut of cuts.sort((a, b) => a - b)) {
        const control = new AbortController();
        let taken = 0;
        const between = () => {
          if (++taken > cut) control.abort();
        };
        const { signal } = control;
        assertEquals(
          await learn({ stream: streamOf(50, FAULTS), learners: [learner], onError: "skip", signal, between }),
          "stopped",
        );
        learner = learnerOf(batch, saved(learner));
      }
      const stream = streamOf(50, FAULTS), before = learner.entries;
      await learn({ stream, learners: [learner], onError: "skip" });
      assertEquals(stream.read[0], before < 50 ? before : undefined, "an entry is read that was taken before");
      assertEquals(learner.model.network.state(), whole.model.network.state());
      const timeless = ({ seconds: _, ...rest }: OnlineState) => rest;
      assertEquals(timeless(learner.state()), timeless(whole.state()));
    }),
    { numRuns: 60 },
  );
});

Deno.test("learn: learners that stand at different places come to one end, and each entry is read once", async () => {
  const [ahead, behind] = [learnerOf(1), learnerOf(8)];
  await learn({ stream: streamOf(50, FAULTS), learners: [ahead], onError: "skip", limit: 30 });
  const resumed = learnerOf(1, saved(ahead));
  const stream = streamOf(50, FAULTS);
  assertEquals(await learn({ stream, learners: [resumed, behind], onError: "skip" }), "ended");
  assertEquals(stream.read, Array.from({ length: 50 }, (_, i) => i));
  for (const [learner, batch] of [[resumed, 1], [behind, 8]] as const) {
    assertEquals(learner.model.network.state(), reference(batch, 50, FAULTS).network.state());
  }
});

Deno.test("learn: stop ends at the first fault, before which all full batches are learnt; another policy goes on", async () => {
  const learner = learnerOf(1);
  const ending = await learn({ stream: streamOf(50, FAULTS), learners: [learner], onError: "stop" });
  assertEquals(ending, FAULTS[3]);
  assertEquals(learner.state().entries, 3);
  const resumed = learnerOf(1, saved(learner));
  await learn({ stream: streamOf(50, FAULTS), learners: [resumed], onError: "skip" });
  assertEquals(resumed.model.network.state(), reference(1, 50, FAULTS).network.state());
});

Deno.test("learn: another stream, or one that ends too early, is no stream to go on with", async () => {
  const learner = learnerOf(1);
  await learn({ stream: streamOf(30), learners: [learner], onError: "stop" });
  const again = () => learnerOf(1, saved(learner));
  const onError = "stop";
  await assertRejects(
    () => learn({ stream: streamOf(50, {}, "picture"), learners: [again()], onError }),
    UserError,
    "the first 30 images of the stream are not those that were learnt",
  );
  await assertRejects(
    () => learn({ stream: streamOf(29), learners: [again()], onError }),
    UserError,
    "the stream ends after 29 images, 30 were learnt",
  );
  assertEquals(await learn({ stream: streamOf(30), learners: [again()], onError }), "ended");
});

Deno.test("learn: a signal ends a stream from which nothing comes", async () => {
  const control = new AbortController();
  const never = async function* () {
    yield* [];
    await new Promise<void>(() => {});
  };
  const stream = { count: undefined, entries: never };
  setTimeout(() => control.abort(), 20);
  const options = { stream, learners: [learnerOf(1)], onError: "stop", signal: control.signal } as const;
  assertEquals(await learn(options), "stopped");
});

Deno.test("learn: the next image is read before this one is learnt from, and none behind the limit", async () => {
  const learner = learnerOf(1), stream = streamOf(50, FAULTS), ahead: number[] = [];
  const between = () => void ahead.push(stream.read.length - learner.entries);
  await learn({ stream, learners: [learner], onError: "skip", limit: 30, between });
  assertEquals(ahead, Array.from({ length: 30 }, (_, i) => i < 29 ? 1 : 0));
  assertEquals(stream.read, Array.from({ length: 30 }, (_, i) => i));
});

Deno.test("learn: an image is learnt from though the next one does not come", async () => {
  const control = new AbortController(), learner = learnerOf(1), { entries: first } = streamOf(3);
  const stream = {
    count: undefined,
    entries: async function* () {
      yield* first();
      await new Promise<void>(() => {});
    },
  };
  const between = () => {
    if (learner.entries === 3) setTimeout(() => control.abort(), 20);
  };
  const options = { stream, learners: [learner], onError: "stop", signal: control.signal, between } as const;
  assertEquals([await learn(options), learner.outcomes.images], ["stopped", 3]);
});

/** Diverges at its n-th step. */
class Diverging extends DoubleModel {
  readonly #last: number;

  constructor(last: number) {
    super();
    this.#last = last;
  }

  override learn(images: Uint8Array, labels: number | ArrayLike<number>) {
    if (this.learnt.steps === this.#last) throw new DivergedError("the loss is NaN");
    return super.learn(images, labels);
  }
}

Deno.test("learn: a baseline that diverges learns no more and the first goes on; the first one's divergence ends it", async () => {
  const first = learnerOf(1), baseline = new Learner({ model: new Diverging(9), config: config(2) });
  assertEquals(await learn({ stream: streamOf(50), learners: [first, baseline], onError: "stop" }), "ended");
  assertEquals([first.diverged, baseline.diverged], [false, true]);
  assertEquals([first.outcomes.images, baseline.outcomes.images, baseline.state().entries], [50, 18, 18]);
  const alone = new Learner({ model: new Diverging(9), config: config(2) });
  await assertRejects(
    () => learn({ stream: streamOf(50), learners: [alone, learnerOf(1)], onError: "stop" }),
    DivergedError,
  );
});
