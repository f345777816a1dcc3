/** A checkpoint of a trained network, to be used. */

import { firstImages } from "../../lib/data/dataset.ts";
import { loadDataset } from "../../lib/data/datasets.ts";
import { identityOf } from "../../lib/data/identity.ts";
import { createNetwork, type Method } from "../../lib/exec/methods.ts";
import type { Library } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { saveCheckpoint } from "../../lib/train/checkpoint_files.ts";
import type { RunConfig } from "../../lib/train/config.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { train } from "../../lib/train/loop.ts";
import { weightsSha256 } from "../../lib/train/weights_hash.ts";
import { sampleConfig } from "../train/config.ts";

/** The digits. */
export const MNIST = await loadDataset("mnist");
/** Images that the run trains on. */
const TRAINED = 640;

/** Writes the checkpoint of a short run of LeNet on MNIST; tells what the first `tested` test images came to. */
export async function checkpointOf(library: Library, method: Method, path: string, tested: number) {
  const images = { trainImages: TRAINED, testImages: tested, epochs: 1, images: null };
  const config = { ...sampleConfig, method, model: "lenet", ...images, batch: 8 } as RunConfig;
  const split = firstImages(MNIST.train, TRAINED), test = firstImages(MNIST.test, tested);
  const network = createNetwork(method, {
    ...{ library, plan: buildPlan("lenet", MNIST), batch: 8, seed: config.seed },
    ...{ recipe: config.recipe, input: config.input },
  });
  const state = await train({ network, split, batch: 8, images: TRAINED, seed: 1 });
  const data = await identityOf({ ...MNIST, train: split, test });
  await saveCheckpoint(path, { config, state, entries: network.state(), data });
  const evaluation = await evaluate(network, test), hash = await weightsSha256(network.state());
  network.close();
  return { config, state, evaluation: evaluation!, hash };
}
