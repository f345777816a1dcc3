/**
 * The multiply-accumulates that a convolution does: a tap in the padding is
 * passed over, which published figures do not see.
 *
 * @module
 */

import { convElements, convolutions, type ConvPlan, outputSize, type Plan, type WindowPlan } from "../plan/plan.ts";

/** A window, and a convolution, whatever their names. */
type Window = Omit<WindowPlan, "name">;
type Convolution = Omit<ConvPlan, "name">;

/** Taps of the windows along one side that meet a pixel. */
function alongSide(pixels: number, outputs: number, { kernel, stride, padding }: Window): number {
  return Array.from({ length: outputs }, (_, output) => {
    const first = output * stride - padding;
    return Math.max(0, Math.min(pixels, first + kernel) - Math.max(0, first));
  }).reduce((sum, taps) => sum + taps, 0);
}

/** Taps of all windows of an image that meet a pixel. */
export function windowTaps(window: Window): number {
  const { height, width } = outputSize(window);
  return alongSide(window.height, height, window) * alongSide(window.width, width, window);
}

/** Multiply-accumulates of one pass of one image over a convolution, padding taps passed over. */
export function executedMacs(conv: Convolution): number {
  return windowTaps(conv) * conv.inputs * conv.outputs;
}

/**
 * Multiply-accumulates of one image forward, with a zero-padding tap counted
 * like any other, as published figures do.
 */
export function forwardMacs(plan: Plan): number {
  return convolutions(plan).reduce((sum, conv) => sum + convMacs(conv), 0);
}

/** Multiply-accumulates of one pass of one image over a convolution, padding taps counted. */
export function convMacs(conv: Convolution): number {
  const { height, width } = outputSize(conv);
  return height * width * convElements(conv).weights;
}
