/**
 * Types of the standard-library functions that eoq uses: the npm package
 * deno-std ships none. deno.json lists this file under compilerOptions.types.
 *
 * @module
 */

declare module "@std/assert" {
  type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;
  export class AssertionError extends Error {}
  export function assert(condition: unknown, message?: string): asserts condition;
  export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, message?: string): void;
  export function assertEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
  export function assertGreater<T>(actual: T, expected: T, message?: string): void;
  export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void;
  export function assertLess<T>(actual: T, expected: T, message?: string): void;
  export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void;
  export function assertMatch(actual: string, expected: RegExp, message?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertRejects<E extends Error = Error>(
    run: () => PromiseLike<unknown>,
    errorClass?: ErrorClass<E>,
    includes?: string,
    message?: string,
  ): Promise<E>;
  export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
  export function assertStringIncludes(actual: string, expected: string, message?: string): void;
  export function assertThrows<E extends Error = Error>(
    run: () => unknown,
    errorClass?: ErrorClass<E>,
    includes?: string,
    message?: string,
  ): E;
  export function fail(message?: string): never;
}

declare module "@std/cli/parse-args" {
  export interface ParseOptions {
    boolean?: readonly string[];
    string?: readonly string[];
    collect?: readonly string[];
    alias?: Readonly<Record<string, string>>;
    unknown?: (argument: string, key?: string, value?: unknown) => unknown;
  }
  export function parseArgs(args: readonly string[], options?: ParseOptions): Record<string, unknown> & { _: string[] };
}

declare module "@std/csv/parse" {
  export function parse(text: string, options: { skipFirstRow: true }): Record<string, string>[];
}

declare module "@std/fmt/bytes" {
  export function format(bytes: number, options?: { binary?: boolean; maximumFractionDigits?: number }): string;
}

declare module "@std/fmt/colors" {
  export function bold(text: string): string;
  export function stripAnsiCode(text: string): string;
}

declare module "@std/text/levenshtein-distance" {
  export function levenshteinDistance(from: string, to: string): number;
}

declare module "@std/yaml/parse" {
  export function parse(text: string): unknown;
}
