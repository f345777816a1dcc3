/**
 * The errors that are the user's to mend.
 *
 * @module
 */

/** Bad input: shown as one line that names the culprit, exit code 2. */
export class UserError extends Error {
  /** Tells it from other errors. */
  override readonly name = "UserError";
}

/** A run that failed for a reason that lies outside its input: one line, exit code 5. */
export class RunError extends Error {
  /** Tells it from other errors. */
  override readonly name = "RunError";
}

/** Training whose loss is no longer a finite number. */
export class DivergedError extends RunError {}

/** Codes of the errors that a path is at fault for; EINVAL is that of a name with a zero byte in it. */
const OF_PATHS = "ENOENT EACCES EPERM ENOTDIR EISDIR EEXIST ELOOP EROFS EBUSY ENAMETOOLONG EINVAL".split(" ");

/** Whether the path that the user named is at fault, and not the disk below it. */
export function isOfPath(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code !== undefined && OF_PATHS.includes(code);
}

/**
 * The error for a file or folder that cannot be written: a {@linkcode UserError} when its path is at
 * fault, a {@linkcode RunError} when the disk is, and Deno's own when it forbade it.
 */
export function writeError(what: string, error: unknown): Error {
  if (error instanceof Deno.errors.NotCapable || error instanceof UserError) return error;
  const message = `cannot write ${what}: ${messageOf(error)}`;
  return isOfPath(error) ? new UserError(message) : new RunError(message);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
