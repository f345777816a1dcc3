/**
 * The parameters of a trained network as named arrays: what inference needs of
 * a checkpoint, Fixup's scalars taken apart.
 *
 * @module
 */

import { fixupLayout } from "../exec/fixup.ts";
import { BIAS_EXPONENT, SCALE_EXPONENT } from "../exec/int8/number.ts";
import { TRAITS } from "../exec/methods.ts";
import type { StateEntry } from "../exec/network.ts";
import { TYPE_BYTES } from "../native/tensor.ts";
import type { Plan } from "../plan/plan.ts";
import type { Trained } from "./format.ts";

/** Elements in each direction, and their bytes: value = q * 2^exponent, or a float where the exponent is absent. */
export interface NamedParameter extends Pick<StateEntry, "name" | "type" | "shape" | "bytes"> {
  readonly exponent?: number;
}

/** Names of a network's scalars, in their order; as many classifier's biases as given follow the other biases. */
function scalarNames(plan: Plan, hasNorm: boolean, classifierBiases: number): string[] {
  if (hasNorm) return new Array(classifierBiases).fill("classifier.bias");
  const { convs, blocks, pool, classifier, biases } = fixupLayout(plan, classifierBiases);
  const names: string[] = [];
  for (const [{ name }, { input, output }] of convs) {
    if (input >= 0) names[input] = `${name}.bias_in`;
    names[output] = `${name}.bias_out`;
  }
  if (pool >= 0) names[pool] = "average-pool.bias";
  for (let i = classifier; i < biases; i++) names[i] = "classifier.bias";
  for (const [{ name }, scale] of blocks) names[scale] = `${name}.scale`;
  return names;
}

/** The scalars of one name: a run of elements. */
function scalarsOf({ type, bytes }: StateEntry, names: readonly string[]): NamedParameter[] {
  const size = TYPE_BYTES[type], integer = type !== "fp32";
  return [...Map.groupBy(names.keys(), (i) => names[i]!)].map(([name, [first = 0, ...others]]) => {
    const count = 1 + others.length;
    const exponent = name.endsWith(".scale") ? SCALE_EXPONENT : BIAS_EXPONENT;
    return {
      name,
      type,
      shape: name === "classifier.bias" ? [count] : [],
      bytes: bytes.subarray(first * size, (first + count) * size),
      ...integer && { exponent },
    };
  });
}

/**
 * What inference needs, by layer: `NAME.weights` (outputs, rows, columns,
 * inputs), `NAME.bias_in` in front of a convolution and `NAME.bias_out` behind
 * it, `BLOCK.scale`, `NAME.norm` and what it keeps. Of weights of 16 and 24
 * bits these are the 8 that compute.
 */
export function parametersOf({ checkpoint, network }: Trained): NamedParameter[] {
  const { arithmetic, norm } = TRAITS[checkpoint.config.method], { plan } = network;
  const integer = arithmetic === "int8";
  const inferred = network.state().filter(({ name, weights }) => weights && !name.endsWith(".fraction"));
  return inferred.flatMap((entry) => {
    const { name, type, shape, bytes, exponent } = entry;
    if (name !== "scalars") return [{ name, type, shape, bytes, ...integer && { exponent } }];
    return scalarsOf(entry, scalarNames(plan, norm === "batch", integer ? plan.classes : 0));
  });
}

/** What a file says of the network that its parameters are of, as texts by name. */
export function aboutOf({ checkpoint, network, classNames, weightsSha256, version }: Trained): Record<string, string> {
  const { method, model, dataset, input } = checkpoint.config, { height, width, channels, classes } = network.plan;
  return {
    producer: `eoq ${version}`,
    method,
    model,
    dataset,
    input,
    image: `${height}x${width}x${channels}`,
    classes: JSON.stringify(classNames ?? Array.from({ length: classes }, (_, i) => String(i))),
    weights_sha256: weightsSha256,
  };
}
