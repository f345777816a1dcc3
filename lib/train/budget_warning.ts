/**
 * When a run is too small for its accuracy to tell one method from another.
 *
 * @module
 */

import { type RunConfig, stepsOf } from "./config.ts";

/**
 * Steps of two epochs of CIFAR-10 at batch 128: there two seeds of a ResNet-20
 * differed by up to 1.8 points of test accuracy, and shorter runs differ by more.
 */
const NOISY_STEPS = 782;
const NOISE = 1.8;

/** Images below which the standard error of an accuracy of one half, 50 / sqrt(n) points, is above 1.6 points. */
const FEW_IMAGES = 1000;

/** Why accuracies of runs of a configuration say little, in one line; undefined where nothing speaks against them. */
export function budgetWarning(config: Omit<RunConfig, "method">): string | undefined {
  const steps = stepsOf(config), { validationImages, testImages } = config;
  const measured = validationImages > 0 ? validationImages : testImages;
  const reasons = [
    ...steps <= NOISY_STEPS
      ? [`${steps} steps: after ${NOISY_STEPS}, two seeds of a ResNet-20 on CIFAR-10 still differed by ${NOISE} points`]
      : [],
    ...measured < FEW_IMAGES
      ? [`${measured} images measured: a standard error of up to ${(50 / Math.sqrt(measured)).toFixed(1)} points`]
      : [],
  ];
  return reasons.length === 0
    ? undefined
    : `the budget is too small to tell methods apart by accuracy (${reasons.join("; ")})`;
}
