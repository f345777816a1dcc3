import { assert, assertEquals, assertThrows } from "@std/assert";
import { modelBytes } from "../../lib/arrays/onnx.ts";
import { UserError } from "../../lib/errors.ts";
import type { Network, StateEntry } from "../../lib/exec/network.ts";
import { exponentsOf } from "../../lib/export/onnx/calibrate.ts";
import { staticGraphOf } from "../../lib/export/onnx/write.ts";
import { randomBatches } from "../../lib/golden/images.ts";
import { type Library, openLibrary } from "../../lib/native/library.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { SMALL_PLANS } from "../exec/plans.ts";
import { integers } from "../kernels/int8/fixture.ts";
import { Inference, namesOf, trained } from "./networks.ts";
import { evaluate } from "./reader/evaluate.ts";
import { readModel, type Tensor } from "./reader/model.ts";

/** Images of a plan, one by one. */
function imagesOf(plan: Plan, count: number): Uint8Array<ArrayBuffer>[] {
  const { images } = randomBatches(plan, count, 5)(0), size = images.length / count;
  return Array.from({ length: count }, (_, i) => Uint8Array.from(images.subarray(i * size, (i + 1) * size)));
}

function run(library: Library, network: Network, calibration: readonly Uint8Array<ArrayBuffer>[], image: Uint8Array) {
  const { height, width, channels } = network.plan;
  const graph = staticGraphOf(network, exponentsOf(library, network, calibration));
  const images: Tensor = { type: "uint8", dims: [1, height, width, channels], data: Float64Array.from(image) };
  return evaluate(readModel(modelBytes(graph.model("test", {}))), { images });
}

/** int8 values of a tensor of one image, channels last. */
function valuesOf({ dims, data }: Tensor): number[] {
  const [, channels, rows, columns] = dims as [number, number, number, number], pixels = rows * columns;
  return Array.from(data, (_, i) => data[i % channels * pixels + Math.floor(i / channels)]! - 128);
}

/** Scalars as large as the activations around them: 8 steps of training leave them near zero. */
function withScalars(entries: readonly StateEntry[]): StateEntry[] {
  const next = integers(2);
  return entries.map((entry) => {
    if (entry.name !== "scalars") return entry;
    const scalars = new Int16Array(new Uint8Array(entry.bytes).buffer);
    return { ...entry, bytes: new Uint8Array(scalars.map(() => next(-12_000, 12_000)).buffer) };
  });
}

/* With the exponents of the image itself halves alone are rounded otherwise; in networks as small as these sums are
 * shifted by few bits, so that many are halves, and what comes behind differs: by up to 1.3 steps, logits by 0.3 %. Root mean squares, of
 * the steps of a tensor and of the largest logit. */
const MOST_STEPS = 2, MOST_OF_LOGIT = 0.02;

const rms = (differences: readonly number[]) =>
  Math.sqrt(differences.reduce((sum, each) => sum + each ** 2, 0) / differences.length);

for (const plan of SMALL_PLANS) {
  Deno.test(`onnx, calibrated: with its own exponents an image of ${plan.model} has eoq's values but for halves`, async () => {
    using library = await openLibrary({ threads: 1 });
    for (const input of ["half", "centered"] as const) {
      const network = trained(library, { plan, method: "eoq", input, recipe: { fixupZeros: false, classifierGain: 0 } });
      network.restore(withScalars(network.state()));
      const inference = new Inference(library, network), [image] = imagesOf(plan, 1);
      const tensors = run(library, network, [image!], image!), results = inference.run(image!);
      const activations = results.slice(0, -1), names = namesOf(activations);
      activations.forEach(({ values, layer }, i) => {
        const got = valuesOf(tensors.get(names[i]!)!);
        assertEquals(got.length, values.length);
        const steps = rms(got.map((value, k) => value - values[k]!));
        assert(steps <= MOST_STEPS, `${layer}: ${steps}`);
      });
      const { values, exponent } = results.at(-1)!, logits = values.map((value) => value * 2 ** exponent);
      const { type, data } = tensors.get("logits")!, most = Math.max(...logits.map(Math.abs));
      assertEquals(type, "float");
      const difference = rms(logits.map((logit, k) => logit - data[k]!));
      assert(difference <= MOST_OF_LOGIT * most, `${difference} of ${most}`);
      inference.close();
      network.close();
    }
  });
}

Deno.test("onnx, calibrated: exponents are enough for nine of ten images, and nothing is finer than it must be", async () => {
  using library = await openLibrary({ threads: 1 });
  const plan = SMALL_PLANS[1]!, network = trained(library, { plan, method: "eoq" }), images = imagesOf(plan, 20);
  const inference = new Inference(library, network);
  const exponents = images.map((image) => inference.run(image).slice(0, -1).map(({ exponent }) => exponent));
  const chosen = [...exponentsOf(library, network, images).values()];
  assertEquals(chosen, chosen.map((_, k) => exponents.map((each) => each[k]!).sort((a, b) => a - b)[17]!));
  assert(new Set(exponents.map((each) => each.join())).size > 1, "images differ in their exponents");
  inference.close();
  network.close();
});

Deno.test("onnx, calibrated: what has no such form is refused by the name of its layer", async () => {
  using library = await openLibrary({ threads: 1 });
  const plan = SMALL_PLANS[2]!;
  for (const [method, layer] of [["wageubn", "conv1.norm"], ["bn-fp32", "input"]] as const) {
    const network = trained(library, { plan, method });
    assertThrows(() => staticGraphOf(network, new Map()), UserError, layer);
    network.close();
  }
});
