import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { RunError, UserError } from "../../lib/errors.ts";
import { type Method, METHODS } from "../../lib/exec/methods.ts";
import { Model, type ModelOptions } from "../../lib/model/model.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import { loadCheckpoint, saveCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { withFolder } from "../eoq.ts";
import { checkpointOf, MNIST } from "./trained.ts";

const TESTED = 100;

const images = Uint8Array.from(
  { length: TESTED * 784 },
  (_, i) => MNIST.test.image(Math.floor(i / 784))[i % 784]!,
);
const labels = Array.from(MNIST.test.labels.subarray(0, TESTED));
const image = (i: number) => images.subarray(784 * i, 784 * (i + 1));

/** Runs the test with a method's checkpoint, opened. */
async function withModel(
  method: Method,
  test: (model: Model, made: Awaited<ReturnType<typeof checkpointOf>>, path: string, library: Library) => unknown,
  options: ModelOptions = {},
) {
  await withFolder(async (folder) => {
    using library = await openLibrary();
    const path = `${folder}/${method}.checkpoint`, made = await checkpointOf(library, method, path, TESTED);
    using model = await Model.open(library, path, options);
    await test(model, made, path, library);
  });
}

for (const method of METHODS) {
  Deno.test(`model: ${method} predicts what evaluation found, image by image as all at once`, () =>
    withModel(method, async (model, { evaluation, hash }) => {
      assertEquals(model.classes, Array.from("0123456789"));
      assertEquals([model.shape.height, model.shape.width, model.shape.channels], [28, 28, 1]);
      assertEquals([model.method, model.config.model, await model.weightsSha256()], [method, "lenet", hash]);
      const all = model.predict(images);
      assertEquals(all.filter(({ label }, i) => label === labels[i]).length, evaluation.correct);
      assert(evaluation.accuracy > 0.5, `${evaluation.accuracy}: nothing was learnt`);
      all.forEach((prediction, i) => {
        assertEquals(model.predict(image(i)), [prediction]);
        assertEquals(prediction.name, String(prediction.label));
        assertAlmostEquals(prediction.probabilities.reduce((sum, each) => sum + each, 0), 1, 1e-12);
        assertEquals(prediction.probabilities.indexOf(Math.max(...prediction.probabilities)), prediction.label);
      });
    }));

  for (const batch of [1, 5]) {
    Deno.test(`model: ${method} learns from ${batch} at a time, and says before what it would have predicted`, () =>
      withModel(method, async (model, { hash }, path, library) => {
        using apart = await Model.open(library, path, { batch, learningRate: 0.25 });
        for (let i = 0; i < 20; i += batch) {
          const some = images.subarray(784 * i, 784 * (i + batch)), own = labels.slice(i, i + batch);
          const predicted = apart.predict(some);
          assertEquals(model.learn(some, batch === 1 ? own[0]! : own), predicted);
          assertEquals(apart.learn(some, own), predicted);
        }
        assertEquals(model.learnt, { steps: 20 / batch, images: 20 });
        const learnt = await model.weightsSha256();
        assert(learnt !== hash, "nothing was learnt");
        assertEquals(await apart.weightsSha256(), learnt);
      }, { batch, learningRate: 0.25 }));
  }

  Deno.test(`model: ${method} that is saved goes on as it would have`, () =>
    withModel(method, async (model, { config, state }, path, library) => {
      const teach = (pupil: Model, from: number, to: number) => {
        for (let i = from; i < to; i++) pupil.learn(image(i), labels[i]!);
      };
      await model.save(`${path}.same`);
      assertEquals((await loadCheckpoint(`${path}.same`)).learnt, undefined);
      teach(model, 0, 10);
      await model.save(`${path}.learnt`);
      const checkpoint = await loadCheckpoint(`${path}.learnt`);
      assertEquals(checkpoint.learnt, { steps: 10, images: 10 });
      assertEquals([checkpoint.config, checkpoint.state], [config, state]);
      using again = await Model.open(library, `${path}.learnt`, { learningRate: 0.5 });
      assertEquals(await again.weightsSha256(), await model.weightsSha256());
      for (const pupil of [model, again]) teach(pupil, 10, 20);
      assertEquals(await again.weightsSha256(), await model.weightsSha256());
      assertEquals(again.learnt, model.learnt);
    }, { learningRate: 0.5 }));
}

Deno.test("model: the rate at which its run stands, unless another is given", async () => {
  const hashes = new Map<string, string>();
  // The default schedule ends at 1/64.
  for (
    const [name, options] of [["own", {}], ["same", { learningRate: 1 / 64 }], ["full", { learningRate: 1 }]] as const
  ) {
    await withModel("eoq", async (model) => {
      // Labels that are wrong, so that there is something to learn.
      for (let i = 0; i < 10; i++) model.learn(image(i), (labels[i]! + 1) % 10);
      hashes.set(name, await model.weightsSha256());
    }, options);
  }
  assertEquals(hashes.get("own"), hashes.get("same"));
  assert(hashes.get("own") !== hashes.get("full"));
});

Deno.test("model: a learning rate that is none is refused where the model is opened", () =>
  withModel("eoq", async (_model, _made, path, library) => {
    for (const learningRate of [0, -1, NaN, 256.5, Infinity]) {
      await assertRejects(
        () => Model.open(library, path, { learningRate }),
        RangeError,
        `learningRate: ${learningRate} is not above 0 and at most 256`,
      );
    }
  }));

Deno.test("model: what is no image and no label is named, and changes nothing", () =>
  withModel("eoq", async (model, { hash }) => {
    for (const bytes of [0, 783, 785]) {
      const wrong = () => model.predict(new Uint8Array(bytes));
      assertThrows(wrong, RangeError, `images: ${bytes} bytes are no images of 28x28x1`);
    }
    for (const label of [-1, 10, 0.5, NaN]) {
      assertThrows(() => model.learn(image(0), label), RangeError, `labels: ${label} is not in 0..9`);
    }
    assertThrows(() => model.learn(image(0), [1, 2]), RangeError, "labels: 2 for 1 images");
    assertThrows(() => model.learn(images.subarray(0, 2 * 784), [1, 2]), RangeError, "batch: 2 images are not in 1..1");
    assertEquals(await model.weightsSha256(), hash);
    assertEquals(model.learnt, { steps: 0, images: 0 });
    model.close();
    assertThrows(() => model.predict(image(0)), RunError, "the model is closed");
  }));

Deno.test("model: a checkpoint that says nothing of its images has those of its dataset", () =>
  withFolder(async (folder) => {
    using library = await openLibrary();
    const path = `${folder}/eoq.checkpoint`;
    await checkpointOf(library, "eoq", path, TESTED);
    const { data: _, ...earlier } = await loadCheckpoint(path);
    await saveCheckpoint(path, earlier);
    using model = await Model.open(library, path);
    assertEquals([model.shape.height, model.shape.channels, model.classes[9]], [28, 1, "9"]);
    const folderRun = { ...earlier, config: { ...earlier.config, dataset: "folder", imageSize: 28 } as const };
    await saveCheckpoint(path, folderRun);
    // Three channels, where the first convolution has one.
    await assertRejects(() => Model.open(library, path), UserError, `${path}: state entry "conv1.weights" is`);
    await assertRejects(() => Model.open(library, `${folder}/none`), UserError, "no such checkpoint");
  }));
