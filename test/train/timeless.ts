/** What two runs of one configuration must agree on: all of their record but its times. */

import type { Result } from "../../lib/report/run.ts";
import type { EpochRecord } from "../../lib/train/state.ts";

export function timelessHistory(history: readonly EpochRecord[]): EpochRecord[] {
  return history.map(({ seconds: _, ...rest }) => rest);
}

export function timeless(result: Result): Result {
  return {
    ...result,
    history: timelessHistory(result.history),
    trainImagesPerSecond: 1,
    inferenceImagesPerSecond: 1,
  };
}
