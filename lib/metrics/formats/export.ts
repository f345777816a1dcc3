/**
 * What every format is made of.
 *
 * @module
 */

import type { Change, Diff } from "../diff.ts";
import type { Measurement } from "../metric.ts";

/** Values, and what they are beside a baseline where there is one. */
export interface Export {
  readonly measurement: Measurement;
  readonly diff?: Diff;
}

/** A value and its baseline in words: `120 (was 100)`. */
export function changeText({ metric, baseline, ratio, verdict }: Change): string {
  const was = baseline === null ? "" : `, was ${baseline}`;
  const times = ratio === null
    ? ""
    : `, ${ratio.value.toFixed(3)} times as good (${ratio.interval.map((bound) => bound.toFixed(3)).join(" to ")})`;
  return `${verdict}: ${metric.value}${metric.unit && ` ${metric.unit}`}${was}${times}`;
}
