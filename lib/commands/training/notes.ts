/**
 * What a run says before it starts of the weights that it has and of those that
 * it trains.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { operationsPerImage } from "../../count/operations.ts";
import { stepBytes } from "../../exec/outline.ts";
import { TRAITS } from "../../exec/methods.ts";
import type { Network } from "../../exec/network.ts";
import { type Trained, trainedPart, trainedPartText } from "../../plan/trained.ts";
import { shortDigest } from "../../package/sha256.ts";
import { formatCount } from "../../terminal/format.ts";
import type { RunConfig } from "../../train/config.ts";
import type { Adoption } from "./adoption.ts";
import type { Setup } from "./setup.ts";

/** How a network's classifier starts, read off the network. */
export function classifierStart(network: Network): string {
  const { method, plan: { classifier } } = network, name = `${classifier.name}.weights`;
  const entry = network.state().find((entry) => entry.name === name)!;
  if (entry.type === "int8") return `0 in steps of 2^${entry.exponent}`;
  if (TRAITS[method as RunConfig["method"]].norm === "fixup") return "0";
  return `uniform within +-${Number((1 / Math.sqrt(classifier.inputs)).toPrecision(3))}, from the seed`;
}

/** Of a network that has adopted weights. */
export function adoptionNotes({ start, keepsClassifier }: Adoption, network: Network): string[] {
  const { path, weightsSha256, checkpoint: { config } } = start, { classes } = network.plan;
  return [
    `from ${path}: weights ${
      shortDigest(weightsSha256)
    } of ${config.method}, ${config.model}, input ${config.input}; ` +
    "momentum starts at 0",
    keepsClassifier
      ? `classifier: kept, its ${classes} classes are the same`
      : `classifier: new, for ${classes} classes: weights ${classifierStart(network)}`,
  ];
}

/** Of a run that does not train all layers: which ones, and what a step costs beside one that does. */
export function trainedNotes({ plan }: Pick<Setup, "plan">, config: RunConfig): string[] {
  const { train, method, batch, recipe, input } = config;
  if (train === undefined) return [];
  const costs = (trained: Trained) => {
    const { macs } = operationsPerImage(plan, method, batch, { recipe, input, train: trained });
    const { parameters, activations, optimizer } = stepBytes(method, plan, batch, trained);
    return `${formatCount(macs)} MACs/image, ${formatBytes(parameters + activations + optimizer, { binary: true })}`;
  };
  return [
    `trained: ${train}: ${trainedPartText(trainedPart(plan, train))}`,
    ...config.from === undefined
      ? ["frozen layers keep the weights that they are drawn with: --from has trained ones"]
      : [],
    `a training step: ${costs(train)}; of all layers: ${costs("all")}`,
  ];
}
