/**
 * Options of `eoq train` that `eoq paper` hands on to every cell.
 *
 * @module
 */

import type { Invocation } from "./command.ts";

/** What a training run has that no experiment varies by itself. */
export const FORWARDED = [
  ...[
    "input",
    "schedule",
    "decay-at",
    "decay-by",
    "warmup",
    "learning-rate",
    "weight-decay",
    "crop",
    "flip",
    "mixup",
    "smoothing",
  ] as const,
];

/** Those that were given, as they were typed. */
export function forwardedWords({ args, given }: Pick<Invocation, "args" | "given">): string[] {
  return FORWARDED.filter((name) => given.has(name)).flatMap((name) => {
    const i = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    return args.slice(i, args[i] === `--${name}` ? i + 2 : i + 1);
  });
}
