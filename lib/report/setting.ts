/**
 * How eoq's kernels run in a contest; each contestant sets it before its turn.
 *
 * @module
 */

import type { Library } from "../native/library.ts";

/** An instruction-set path, and the threads that share a kernel. */
export interface Setting {
  readonly isa: string;
  readonly threads: number;
}

/** All pairs of paths, worst first, and thread counts. */
export function settingsOf(isas: readonly string[], threads: readonly number[]): Setting[] {
  return isas.flatMap((isa) => threads.map((each) => ({ isa, threads: each })));
}

/** What ratios and memory are quoted for, and whose threads peers get: the best path with the first number of threads. */
export function referenceSetting(settings: readonly Setting[]): Setting {
  const best = settings.at(-1)!.isa;
  return settings.find(({ isa }) => isa === best)!;
}

/** Whether two settings are one. */
export function sameSetting(a: Setting, b: Setting): boolean {
  return a.isa === b.isa && a.threads === b.threads;
}

/** Makes the library run so from now on. */
export function applySetting(library: Library, { isa, threads }: Setting): void {
  library.selectIsa(isa);
  library.setThreads(threads);
}
