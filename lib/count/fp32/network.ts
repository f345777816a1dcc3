/**
 * An fp32 network layer by layer, as lib/exec/fp32 runs it.
 *
 * @module
 */

import { evaluationGroup } from "../../exec/fp32/evaluation.ts";
import { CENTRED_GRADIENTS, type Fp32Method } from "../../exec/fp32/recipe.ts";
import type { BlockPlan, LayerPlan, Plan } from "../../plan/plan.ts";
import type { Part } from "../parts.ts";
import type { CountSettings } from "../settings.ts";
import { batchNorm } from "./batch_norm.ts";
import { convParts } from "./convolution.ts";
import {
  averagePoolParts,
  biasParts,
  inputParts,
  lossParts,
  maxPoolParts,
  shortcutParts,
  smoothedPart,
} from "./ends.ts";
import { fixup } from "./fixup.ts";
import type { Images, Norm } from "./unit.ts";

/** What `bn-fp32` executes and moves for a batch. */
export function batchNormParts(plan: Plan, batch: number, settings: CountSettings): Part[] {
  return networkParts(plan, "bn-fp32", batchNorm(), batch, settings);
}

/** What `fixup-fp32` executes and moves for a batch. */
export function fixupParts(plan: Plan, batch: number, settings: CountSettings): Part[] {
  return networkParts(plan, "fixup-fp32", fixup(plan), batch, settings);
}

function networkParts(
  plan: Plan,
  method: Fp32Method,
  norm: Norm,
  batch: number,
  { input = "half", isa = "scalar", smoothed, centredGradients: centred = CENTRED_GRADIENTS[method] }: CountSettings,
): Part[] {
  // What stands in front of it only flattens.
  const first = plan.layers.findIndex(({ kind }) => kind === "conv");
  const images: Images = { count: batch, groups: Math.ceil(batch / evaluationGroup(plan)), isa, centred };
  return [
    ...inputParts(plan, batch, input),
    ...plan.layers.flatMap((layer, i) => layerParts(layer, i === first, skips(plan.layers.slice(i + 1)), norm, images)),
    ...convParts(plan.classifier, images),
    ...biasParts(plan, images),
    ...lossParts(plan, batch),
    ...smoothed ? [smoothedPart(plan, batch)] : [],
    ...norm.shared,
  ];
}

/** Whether the error in front of these layers comes in two tensors: an identity's, which a max pool keeps apart. */
function skips([next, ...others]: readonly LayerPlan[]): boolean {
  return next?.kind === "max-pool" ? skips(others) : next?.kind === "block" && next.block.shortcut.kind === "identity";
}

function layerParts(layer: LayerPlan, first: boolean, skip: boolean, norm: Norm, images: Images): Part[] {
  switch (layer.kind) {
    case "conv":
      return [
        ...convParts(layer.conv, images, first),
        ...norm.unit({ conv: layer.conv, residual: false, inner: false, skip }, images),
      ];
    case "block":
      return blockParts(layer.block, skip, norm, images);
    case "max-pool":
      return maxPoolParts(layer.pool, images.count, skip ? 2 : 1);
    case "average-pool":
      return averagePoolParts(layer.input, images.count);
    case "flatten":
      return [];
  }
}

function blockParts(block: BlockPlan, skip: boolean, norm: Norm, images: Images): Part[] {
  const { convs, shortcut } = block;
  const units = convs.map((conv, i) => {
    const last = i === convs.length - 1;
    return { conv, residual: last, inner: !last, skip: last && skip };
  });
  return [
    ...units.flatMap((unit) => [...convParts(unit.conv, images), ...norm.unit(unit, images)]),
    ...shortcut.kind === "projection"
      ? [...convParts(shortcut.conv, images), ...norm.projection(shortcut.conv, images)]
      : [],
    ...shortcutParts(block, images.count),
  ];
}
