import { assert, assertEquals } from "@std/assert";
import { modelBytes } from "../../lib/arrays/onnx.ts";
import { pythons } from "../../lib/bench/peers/python.ts";
import { type Dataset, firstImages, imageBytes, type Split } from "../../lib/data/dataset.ts";
import { loadDataset } from "../../lib/data/datasets.ts";
import { createNetwork, type Method, TRAITS } from "../../lib/exec/methods.ts";
import type { Network, NetworkOptions } from "../../lib/exec/network.ts";
import { exponentsOf } from "../../lib/export/onnx/calibrate.ts";
import type { Graph } from "../../lib/export/onnx/graph.ts";
import { graphOf, staticGraphOf } from "../../lib/export/onnx/write.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { buildPlan } from "../../lib/plan/models.ts";
import { train } from "../../mod.ts";
import { withFolder } from "../eoq.ts";
import { Inference } from "./networks.ts";

const PROGRAM = decodeURIComponent(new URL("runtime.py", import.meta.url).pathname);

function hasRuntime({ command }: { readonly command: string }): boolean {
  try {
    const args = ["-c", "import numpy, onnx, onnxruntime"];
    return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

const PYTHON = pythons().find(hasRuntime)?.command;
if (PYTHON === undefined) console.warn("no Python with onnx and onnxruntime here: exported models do not run in them");

/** Test images that each model classifies, and those of them of which every layer is compared. */
const IMAGES = 1000, LAYER_IMAGES = 20;
/** Images that each is trained on, and those of a step. */
const TRAINED = 8000, BATCH = 16;
/** Largest difference of the logits in fp32, whose sums have another order, beside the largest logit. */
const FP32_TOLERANCE = 1e-4;

const RUNS: readonly (readonly [model: string, method: Method, weightBits: 8 | 24])[] = [
  ["mlp", "eoq", 8],
  ["lenet", "eoq", 24],
  ["resnet-8", "eoq", 8],
  ["lenet", "wageubn", 8],
  ["resnet-8", "wageubn", 8],
  ["lenet", "fixup-fp32", 8],
  ["resnet-8", "bn-fp32", 8],
];

const largestOf = (values: readonly number[]) => values.indexOf(Math.max(...values));

/** Runs an exported model. @returns logits and, behind them, the tensors of bytes, as bytes */
async function runtimeOf(graph: Graph, test: Split, folder: string, layers: number): Promise<Uint8Array> {
  const size = imageBytes(test.shape), images = new Uint8Array(IMAGES * size);
  for (let i = 0; i < IMAGES; i++) images.set(test.image(i), i * size);
  await Deno.writeFile(`${folder}/model.onnx`, modelBytes(graph.model("model", {})));
  await Deno.writeFile(`${folder}/images`, images);
  const args = [PROGRAM, `${folder}/model.onnx`, `${folder}/images`, `${folder}/out`, String(layers)];
  const { success, stderr } = await new Deno.Command(PYTHON!, { args }).output();
  assert(success, new TextDecoder().decode(stderr));
  return await Deno.readFile(`${folder}/out`);
}

/** A network that has learnt something. */
async function trained(
  method: Method,
  options: Pick<NetworkOptions, "library" | "plan" | "recipe">,
  mnist: Dataset,
): Promise<Network> {
  const network = createNetwork(method, { ...options, batch: BATCH, seed: 1 });
  await train({ network, split: firstImages(mnist.train, TRAINED), batch: BATCH, images: TRAINED, seed: 1 });
  return network;
}

for (const [model, method, weightBits] of RUNS) {
  const integers = TRAITS[method].arithmetic === "int8";
  const what = integers ? "the same integers in every layer" : "the same classes";
  Deno.test({
    name: `onnx: onnxruntime and the checker take ${model} of ${method}: ${what}, of ${IMAGES} test images`,
    ignore: PYTHON === undefined,
    fn: () =>
      withFolder(async (folder) => {
        const mnist = await loadDataset("mnist");
        using library = await openLibrary();
        const plan = buildPlan(model, mnist), { classes } = plan;
        const network = await trained(method, { library, plan, recipe: { weightBits } }, mnist);
        const bytes = await runtimeOf(graphOf(network), mnist.test, folder, integers ? LAYER_IMAGES : 0);
        const Numbers = integers ? Float64Array : Float32Array;
        const logits = new Numbers(bytes.buffer as ArrayBuffer, 0, IMAGES * classes);
        const inference = new Inference(library, network);
        const layers: (readonly number[])[][] = [];
        let correct = 0;
        for (let i = 0; i < IMAGES; i++) {
          const results = inference.run(mnist.test.image(i)), { values, exponent } = results.at(-1)!;
          const own = values.map((value) => value * 2 ** exponent);
          const got = [...logits.subarray(i * classes, (i + 1) * classes)];
          if (integers) assertEquals(got, own, `image ${i}`);
          const scale = Math.max(...own.map(Math.abs));
          assert(own.every((value, k) => Math.abs(value - got[k]!) <= FP32_TOLERANCE * scale), `image ${i}`);
          assertEquals(largestOf(got), largestOf(own), `image ${i}`);
          correct += Number(largestOf(got) === mnist.test.labels[i]);
          if (i < LAYER_IMAGES) results.slice(0, -1).forEach(({ values }, k) => (layers[k] ??= []).push(values));
        }
        inference.close();
        network.close();
        assert(correct > IMAGES / 2, `${correct} of ${IMAGES} are right: the network has learnt something`);
        if (integers) {
          const written = bytes.subarray(logits.byteLength);
          assertEquals(written.length, layers.flat(2).length);
          let at = 0;
          for (const [k, values] of layers.map((images) => images.flat()).entries()) {
            const wrong = values.findIndex((value, i) => written[at + i] !== value + 128);
            assertEquals(wrong, -1, `int8 tensor ${k}`);
            at += values.length;
          }
        }
      }),
  });
}

/** Of the test images, how many the model with fixed exponents must put into eoq's class: 999 and 981 were measured. */
const LEAST_AGREEMENT = 0.97 * IMAGES, CALIBRATION = 100;

for (const model of ["lenet", "resnet-8"]) {
  Deno.test({
    name: `onnx: onnxruntime and the checker take ${model} with fixed exponents: nearly the same classes`,
    ignore: PYTHON === undefined,
    fn: () =>
      withFolder(async (folder) => {
        const mnist = await loadDataset("mnist");
        using library = await openLibrary();
        const plan = buildPlan(model, mnist), { classes } = plan;
        const network = await trained("eoq", { library, plan }, mnist);
        const calibration = Array.from({ length: CALIBRATION }, (_, i) => mnist.train.image(i).slice());
        const graph = staticGraphOf(network, exponentsOf(library, network, calibration));
        const bytes = await runtimeOf(graph, mnist.test, folder, 0),
          logits = new Float32Array(bytes.buffer as ArrayBuffer);
        assertEquals(logits.length, IMAGES * classes);
        const inference = new Inference(library, network);
        let same = 0;
        for (let i = 0; i < IMAGES; i++) {
          const got = [...logits.subarray(i * classes, (i + 1) * classes)];
          same += Number(largestOf(got) === largestOf(inference.run(mnist.test.image(i)).at(-1)!.values));
        }
        inference.close();
        network.close();
        assert(same >= LEAST_AGREEMENT, `${same} of ${IMAGES} classes are eoq's`);
      }),
  });
}
