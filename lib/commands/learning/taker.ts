/**
 * What the network of a checkpoint takes.
 *
 * @module
 */

import { UserError } from "../../errors.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import type { Taker } from "./source.ts";

/** Rows and columns, channels and classes of the datasets that have one size. */
const SHAPES = {
  "mnist": [28, 1, 10],
  "fashion-mnist": [28, 1, 10],
  "cifar10": [32, 3, 10],
  "cifar100": [32, 3, 100],
} as const;

/** @throws {UserError} where the checkpoint does not say. */
export function takerOf({ config, data }: Pick<Checkpoint, "config" | "data">): Taker {
  const classNames = data?.classes;
  if (config.dataset !== "folder") {
    const [size, channels, classes] = SHAPES[config.dataset];
    return { input: { height: size, width: size, channels, classes }, classNames };
  }
  if (config.imageSize === null || classNames === undefined) throw new UserError("the checkpoint names no classes");
  const size = { height: config.imageSize, width: config.imageSize };
  return { input: { ...size, channels: 3, classes: classNames.length }, classNames };
}
