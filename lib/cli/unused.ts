/**
 * Options that a command has, but not for everything that it can be told to do.
 *
 * @module
 */

import { UserError } from "../errors.ts";

/** @throws {UserError} naming the first flag among the arguments that `what` has no use for. */
export function refuseUnused(what: string, unused: readonly string[], args: readonly string[]): void {
  const found = unused.find((flag) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));
  if (found !== undefined) throw new UserError(`${found}: ${what} has no use for it`);
}
