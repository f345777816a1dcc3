/**
 * The errors that are the user's to mend.
 *
 * @module
 */

/** Bad input: shown as one line that names the culprit, exit code 2. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** A run that failed for a reason that lies outside its input: one line, exit code 1. */
export class RunError extends Error {
  override readonly name = "RunError";
}

/** The error for a file or folder that cannot be written: a {@linkcode UserError} unless Deno forbade it. */
export function writeError(what: string, error: unknown): Error {
  if (error instanceof Deno.errors.NotCapable || error instanceof UserError) return error;
  return new UserError(`cannot write ${what}: ${messageOf(error)}`);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
