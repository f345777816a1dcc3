/**
 * What a training experiment looks like: a table of places, before its budget
 * and with what they came to.
 *
 * @module
 */

import type { Method } from "../exec/methods.ts";
import type { Summary } from "../statistics/spread.ts";
import type { Published } from "./published.ts";

/** A place of the table. */
export interface Place {
  readonly row: string;
  readonly column: string;
  readonly method: Method;
  readonly model: string;
  readonly batch: number;
  /** Images to train on, where that is a place's own. */
  readonly images?: number;
  /** More arguments of `eoq train`. */
  readonly extra: readonly string[];
  /** In percent; none where nothing is in print. */
  readonly published: readonly Published[];
}

/** An experiment before its budget. */
export interface TrainingDesign {
  readonly title: string;
  /** What the columns are. */
  readonly across: string;
  readonly places: readonly Place[];
  readonly notes: readonly string[];
  /** Whether all that is in print is a table of its own. */
  readonly withPublished?: boolean;
}

/** A place with what its seeds came to so far. */
export interface Trained {
  readonly place: Place;
  /** Of test accuracies in percent. */
  readonly summary: Summary;
  readonly failures: number;
}
