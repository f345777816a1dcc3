/**
 * Which images a run's accuracies are of: those of the test split, or training
 * images that were held out to make choices by.
 *
 * @module
 */

import { z } from "zod";
import type { RunConfig } from "./config.ts";

/** Images that a network is measured on. */
export type Measured = "test" | "validation";

/** An accuracy, a fraction, under the name of what it is of; at most one is there. */
export interface Accuracies {
  /** Of the test images. */
  testAccuracy?: number | undefined;
  /** Of training images that were held out. */
  validationAccuracy?: number | undefined;
}

const fraction = z.number().min(0).max(1).optional();

/** Keys of {@linkcode Accuracies} for schemas. */
export const ACCURACY_KEYS = { testAccuracy: fraction, validationAccuracy: fraction };

/** What the accuracies of a run are of. */
export function measuredIn({ validationImages }: Pick<RunConfig, "validationImages">): Measured {
  return validationImages > 0 ? "validation" : "test";
}

/** An accuracy under its name. */
export function accuracyIn(measured: Measured, accuracy: number): Accuracies {
  return measured === "test" ? { testAccuracy: accuracy } : { validationAccuracy: accuracy };
}

/** What an accuracy is of. */
export function measuredOf({ validationAccuracy }: Accuracies): Measured {
  return validationAccuracy === undefined ? "test" : "validation";
}

/** The accuracy, whatever it is of; undefined where nothing was measured. */
export function accuracyOf({ testAccuracy, validationAccuracy }: Accuracies): number | undefined {
  return testAccuracy ?? validationAccuracy;
}
