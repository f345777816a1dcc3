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

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
