/**
 * What tells the data of a run from other data: a checkpoint keeps it, so that
 * files that changed, or classes that got other numbers, are noticed.
 *
 * @module
 */

import { z } from "zod";
import { sha256OfPieces } from "../package/sha256.ts";
import type { ImageShape } from "../plan/plan.ts";
import type { Dataset, Split } from "./dataset.ts";

const size = z.int().positive();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Of the images that a run uses, in their order. */
export interface DataIdentity {
  /** Names of the classes, in the order of the labels; absent where the dataset has none. */
  readonly classes?: readonly string[] | undefined;
  /** Of every image; absent in what earlier versions wrote. */
  readonly shape?: ImageShape | undefined;
  /** SHA-256 of the training images and their labels, in hex. */
  readonly train: string;
  /** The same of the images that accuracies are of. */
  readonly test: string;
}

/** Schema of {@linkcode DataIdentity}. */
export const dataIdentitySchema = z.strictObject({
  classes: z.array(z.string()).optional(),
  shape: z.strictObject({ height: size, width: size, channels: size }).optional(),
  train: sha256,
  test: sha256,
}) satisfies z.ZodType<DataIdentity>;

/** SHA-256 of a split's shape, labels and images, in hex. */
export async function digestOf({ shape, count, labels, image }: Split): Promise<string> {
  const { height, width, channels } = shape;
  const hash = (await sha256OfPieces()).update(Int32Array.of(height, width, channels, count)).update(labels);
  for (let i = 0; i < count; i++) hash.update(image(i));
  return hash.digest("hex");
}

/** The identity of a dataset that is cut to the images of a run. */
export async function identityOf(
  { height, width, channels, classNames, train, test }: Dataset,
): Promise<DataIdentity> {
  const of = { shape: { height, width, channels }, train: await digestOf(train), test: await digestOf(test) };
  return classNames === undefined ? of : { classes: [...classNames], ...of };
}

/** In what the classes of a run are not those of some data; undefined where they are, or a side has no names. */
export function otherClasses(
  run: readonly string[] | undefined,
  data: readonly string[] | undefined,
): string | undefined {
  if (run === undefined || data === undefined || JSON.stringify(run) === JSON.stringify(data)) return undefined;
  const lacking = run.find((name) => !data.includes(name)), other = data.find((name) => !run.includes(name));
  return `its run knows the class ${JSON.stringify(lacking)}, the data has ${JSON.stringify(other)} instead`;
}

/** In what some data is not that of a run; undefined where in nothing. */
export function otherData(run: DataIdentity, data: DataIdentity): string | undefined {
  const classes = otherClasses(run.classes, data.classes);
  if (classes !== undefined) return classes;
  if (run.train !== data.train) return "the training images are not those of its run";
  return run.test === data.test ? undefined : "the images that accuracy is of are not those of its run";
}
