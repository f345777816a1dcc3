import { assertEquals } from "@std/assert";
import { loadDataset } from "../../../lib/data/datasets.ts";
import { FULL_RATE } from "../../../lib/exec/network.ts";
import { writeC } from "../../../lib/export/c/write.ts";
import { Model } from "../../../lib/model/model.ts";
import { openLibrary } from "../../../lib/native/library.ts";
import { learn } from "../../../lib/online/learn.ts";
import { Learner, type Student } from "../../../lib/online/learner.ts";
import { classFinder, splitStream } from "../../../lib/online/stream.ts";
import { buildPlan } from "../../../lib/plan/models.ts";
import { loadCheckpoint, saveCheckpoint } from "../../../lib/train/checkpoint_files.ts";
import { scaled } from "../../../lib/train/loop.ts";
import type { OnlineConfig } from "../../../lib/train/online_state.ts";
import { withFolder } from "../../eoq.ts";
import { build, checkpointOf, exported, hostNetwork, Script, writeFiles } from "./device.ts";

/** Of no power of two, so that a momentum of 16 bits is rounded. */
const RATE = 0.3, STEP_RATE = scaled(FULL_RATE, RATE);
const SAMPLES = 1000, SEED_OF_ORDER = 5;

const CONFIG: OnlineConfig = {
  stream: { source: "mnist", split: "train", order: "seeded", seed: SEED_OF_ORDER, only: null, change: null },
  ...{ batch: 1, rate: STEP_RATE, statistics: "batch", train: "all", from: "0".repeat(64) },
};

for (const [name, recipe] of [["24 bits", {}], ["16 bits", { momentumBits: 16 }]] as const) {
  Deno.test(`c: eoq learn and the device say and learn the same of 1000 digits, momentum of ${name}`, () =>
    withFolder(async (folder) => {
      using library = await openLibrary({ threads: 1 });
      const mnist = await loadDataset("mnist"), plan = buildPlan("lenet", mnist), device = { plan, recipe };
      const find = classFinder(Array.from({ length: 10 }, (_, i) => `${i}`));
      const stream = splitStream(mnist.train, { name: "mnist" }, { find, seed: SEED_OF_ORDER });
      const path = `${folder}/eoq.checkpoint`, answers: number[] = [];

      /** A model opened from the checkpoint learns on to so many samples and is written there. */
      const learnTo = async (limit: number) => {
        const checkpoint = await loadCheckpoint(path), state = checkpoint.online;
        using model = Model.of(library, checkpoint, path, { learningRate: RATE });
        const student: Student = {
          shape: model.shape,
          get learnt() {
            return model.learnt;
          },
          learn(images, labels) {
            const predictions = model.learn(images, labels);
            answers.push(...predictions.map(({ label }) => label));
            return predictions;
          },
        };
        const learner = new Learner({ model: student, config: CONFIG, state });
        assertEquals(await learn({ stream, learners: [learner], onError: "stop", limit }), "ended");
        await saveCheckpoint(path, { ...model.checkpoint(), online: learner.state() });
        return await model.weightsSha256();
      };

      const network = hostNetwork(library, device);
      await saveCheckpoint(path, checkpointOf(device, network));
      const first = await exported(library, device);
      await learnTo(SAMPLES / 2);
      const facts = { network, library, classNames: undefined, weightsSha256: "", version: "0" };
      const resumed = await writeC({ checkpoint: await loadCheckpoint(path), ...facts });
      network.close();
      const hash = await learnTo(SAMPLES);
      assertEquals(answers.length, SAMPLES);

      const whole = new Script(), rest = new Script();
      let step = 0;
      for await (const entry of stream.entries()) {
        const item = await entry.read();
        if ("kind" in item) throw new Error(item.message);
        const batch = { images: item.pixels.slice(), labels: Int16Array.of(item.label), count: 1 };
        whole.learn(batch, STEP_RATE);
        if (step >= SAMPLES / 2) rest.learn(batch, STEP_RATE);
        if (++step % 250 === 0) whole.restore();
        if (step === SAMPLES) break;
      }
      whole.hash();
      rest.hash();
      for (
        const [files, script, from] of [[first, whole, 0], [resumed, rest, SAMPLES / 2]] as const
      ) {
        await Deno.mkdir(`${folder}/${from}`);
        await writeFiles(files, `${folder}/${from}`);
        const state = files.find((each) => each.name === "trained.state")?.bytes;
        const lines = await script.run(await build(`${folder}/${from}`), state);
        assertEquals(lines, [...answers.slice(from).map(String), hash], `from sample ${from}`);
      }
    }));
}
