/**
 * What an option with a value is.
 *
 * @module
 */

/** An option that takes a value. */
export interface ValueOption<T> {
  /** What stands for the value in the help. FILE and DIR are completed with paths. */
  readonly placeholder: string;
  readonly help: string;
  /** Text that is parsed when the option is not given; a command can have its own. */
  readonly fallback?: string;
  /** The words that it takes, where it takes words. */
  readonly values?: readonly string[];
  /** Whether it takes several of them, with commas between. */
  readonly list?: true;
  /** @throws {UserError} naming the flag and the value. */
  readonly parse: (text: string, flag: string) => T;
}
