import { assert } from "@std/assert";
import { type Fp32Method, updateAt } from "../../../lib/exec/fp32/recipe.ts";
import { FULL_RATE } from "../../../lib/exec/network.ts";
import { type Library, openLibrary } from "../../../lib/native/library.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import { centralDifferences } from "../../kernels/fp32/differences.ts";
import { batchOf, CREATE, FLAT, perturb, PLAIN, PLAN, PROJECTED, stateMap } from "./networks.ts";
import { referenceBatchNorm, referenceFixup, referenceLoss, type Weights } from "./reference_network.ts";

const COUNT = 5, BATCH = 8;

/** Compares a step of training with finite differences of the reference. */
function check(library: Library, method: Fp32Method, plan: Plan): void {
  const path = `${library.isa} ${plan.model}`;
  const { images, labels } = batchOf(COUNT, 1, plan);
  const loss = (weights: Weights) => {
    const norm = method === "bn-fp32" ? referenceBatchNorm(weights, "batch") : referenceFixup(weights, plan);
    return referenceLoss(plan, weights, norm, images, labels);
  };
  const network = CREATE[method]({ library, plan, batch: BATCH, seed: 3, centredGradients: false });
  perturb(network, 2);
  const before = stateMap(network);
  const metrics = network.trainStep({ images, labels, count: COUNT }, { step: 0, rate: FULL_RATE });
  const expected = loss(before), actual = metrics.lossSum / COUNT;
  assert(Math.abs(actual - expected) < 1e-5 * (1 + expected), `${path}: loss ${actual}, not ${expected}`);
  const { weightDecay } = updateAt(method, BATCH, FULL_RATE, "half");
  for (const [name, velocity] of stateMap(network)) {
    if (!name.endsWith(".momentum")) continue;
    // The first step leaves the gradient and the weight decay in the momentum.
    const parameter = name.slice(0, -".momentum".length), values = before.get(parameter)!;
    const decay = parameter.endsWith(".weights") ? weightDecay : 0;
    const elements = Array.from({ length: Math.min(parameter === "scalars" ? 99 : 8, values.length) }, (_, i) => {
      return (i * 37) % values.length;
    });
    const slopes = centralDifferences((w) => loss(new Map([...before, [parameter, w]])), values, 1e-6, elements);
    const largest = velocity.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    assert(largest > 0, `${path} ${parameter}: no gradient`);
    elements.forEach((element, i) => {
      const gradient = velocity[element]! - decay * values[element]!;
      // Some 10^3 roundings of 2^-24 lie between a parameter and the loss.
      assert(
        Math.abs(gradient - slopes[i]!) <= 6e-5 * largest + 1e-8,
        `${path} ${parameter}[${element}]: gradient ${gradient}, not ${slopes[i]}`,
      );
    });
  }
  network.close();
}

for (const method of ["bn-fp32", "fixup-fp32"] as const) {
  Deno.test(`a step of ${method} has the loss and the gradients of double precision, on every path`, async () => {
    using library = await openLibrary();
    for (const { name: path } of library.isaPaths().filter((each) => each.built && each.supported)) {
      library.selectIsa(path);
      check(library, method, PLAN);
    }
  });

  Deno.test(`a step of ${method} has them in networks of any layers`, async () => {
    using library = await openLibrary();
    for (const plan of [PROJECTED, PLAIN, FLAT]) check(library, method, plan);
  });
}
