/**
 * What a command is, and how its arguments become values.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { UserError } from "../errors.ts";
import { type FlagName, FLAGS, VALUE_OPTIONS, type ValueName, type Values } from "./options.ts";
import type { ValueOption } from "./options/option.ts";
import type { ExitCode } from "./exit_codes.ts";
import { oneOf, unknownWord } from "../words.ts";

/** A word that a command takes beside its options. */
export interface Operand {
  /** As the help writes it. */
  readonly placeholder: string;
  /** The words that it can be; absent where it is a path. */
  readonly values?: readonly string[];
  /** Whether it may be left out. */
  readonly optional?: true;
  /** Whether as many more of its kind may follow as the user likes. */
  readonly repeated?: true;
}

/** What the help and the parser know of a command. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly operands?: readonly Operand[];
  readonly options: readonly (ValueName | FlagName)[];
  /** Those of the options that take a value in other commands, and none in this one. */
  readonly switches?: readonly (ValueName & FlagName)[];
  /** Second names of options: what other programs call them. */
  readonly aliases?: { readonly [K in ValueName]?: string };
  /** Fallbacks that differ from the table's. Null: there is none, and only a given value may be read. */
  readonly fallbacks?: { readonly [K in ValueName]?: string | null };
  /** The words that an option takes where they are not the table's. */
  readonly choices?: { readonly [K in ValueName]?: readonly string[] };
  /** What stands for a value in the help, where that differs from the table's. */
  readonly placeholders?: { readonly [K in ValueName]?: string };
  /** Explanations that differ from the table's. */
  readonly helps?: { readonly [K in ValueName]?: string };
  /** Paragraphs below the summary in the command's help. */
  readonly description: string;
  /** A list below that: terms with what is to be said of each. */
  readonly list?: { readonly title: string; readonly rows: readonly (readonly [term: string, text: string])[] };
  readonly examples: readonly string[];
  /**
   * Runs the command; what is heavy is imported in here, so that help and completions load none of it.
   *
   * @param commands All commands, in the order of the help.
   * @returns the exit code where that is not 0.
   */
  readonly run: (invocation: Invocation, commands: readonly Command[]) => Promise<ExitCode | void>;
}

/** A command line after parsing. */
export interface Invocation {
  readonly values: Values;
  readonly operands: readonly string[];
  /** The first operand; empty when the command takes none. */
  readonly argument: string;
  /** Options with a value that the user gave. */
  readonly given: ReadonlySet<ValueName>;
  /** What the user typed after the command's name. */
  readonly args: readonly string[];
}

/** Whether an option of a command takes a value. */
function takesValue({ switches = [] }: Command, name: ValueName | FlagName): name is ValueName {
  return Object.hasOwn(VALUE_OPTIONS, name) && !switches.some((each) => each === name);
}

/** Options of a command that take a value. */
export function valueOptions(command: Command): ValueName[] {
  return command.options.filter((name): name is ValueName => takesValue(command, name));
}

/** Options of a command that take none. */
export function flags(command: Command): FlagName[] {
  return command.options.filter((name): name is FlagName => !takesValue(command, name));
}

/** Text that stands for an option that is not given. */
export function fallbackOf(command: Command, name: ValueName): string | undefined {
  const option: ValueOption<unknown> = VALUE_OPTIONS[name];
  const own = command.fallbacks?.[name];
  return own === undefined ? option.fallback : own ?? undefined;
}

/**
 * Parses the arguments behind a command's name.
 *
 * @throws {UserError} naming the flag, value or argument that is at fault.
 */
export function parseCommandLine(command: Command, args: readonly string[]): Invocation {
  const { aliases = {} } = command;
  const known = [...command.options, ...Object.values(aliases)].map((name) => `--${name}`);
  const positionals: string[] = [];
  const parsed = parseArgs(joinDashed(command, longNames(command, args)), {
    string: valueOptions(command),
    boolean: flags(command),
    collect: valueOptions(command),
    alias: aliases,
    unknown: (argument, key) => {
      if (key !== undefined) {
        throw unknownWord("option", argument.split("=")[0]!, known, `see eoq ${command.name} --help`);
      }
      positionals.push(argument);
      return false;
    },
  });
  positionals.push(...parsed._);
  checkOperands(command, positionals);
  const withValue = args.find((arg) => flags(command).some((name) => arg.startsWith(`--${name}=`)));
  if (withValue !== undefined) throw new UserError(`${withValue.split("=")[0]} takes no value`);
  return {
    values: parseValues(command, parsed, args),
    given: new Set(valueOptions(command).filter((name) => (parsed[name] as string[]).length > 0)),
    operands: positionals,
    argument: positionals[0] ?? "",
    args,
  };
}

/** `-o` as `--out`, as compilers have it. */
function longNames({ options }: Command, args: readonly string[]): readonly string[] {
  return options.includes("out") ? args.map((arg) => arg === "-o" ? "--out" : arg) : args;
}

/**
 * `--seed -1` as `--seed=-1`: the parser would take -1 for a flag and the user would not learn what is wrong; and
 * `--data -`, which it would take for an operand, as `--data=-`.
 */
function joinDashed(command: Command, args: readonly string[]): string[] {
  const takesValue = (arg = "") => valueOptions(command).some((name) => arg === `--${name}`);
  const joined: string[] = [];
  for (const arg of args) {
    const isNumber = /^-\d/.test(arg) && joined.at(-1)?.startsWith("--");
    if (isNumber || (arg === "-" && takesValue(joined.at(-1)))) joined.push(`${joined.pop()}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

const REPEATABLE: readonly ValueName[] = ["method", "set", "cost", "machine", "network"];

/** The flag of an option as it was typed. */
function typedFlag({ aliases }: Command, name: ValueName, args: readonly string[]): string {
  const alias = `--${aliases?.[name]}`;
  return args.some((arg) => arg === alias || arg.startsWith(`${alias}=`)) ? alias : `--${name}`;
}

function parseValues(command: Command, parsed: Readonly<Record<string, unknown>>, args: readonly string[]): Values {
  const own: readonly string[] = command.switches ?? [];
  const entries: [string, unknown][] = Object.keys(FLAGS).filter((name) =>
    !Object.hasOwn(VALUE_OPTIONS, name) || own.includes(name)
  ).map((name) => [name, parsed[name] === true]);
  for (const name of Object.keys(VALUE_OPTIONS) as ValueName[]) {
    if (own.includes(name)) continue;
    const given = command.options.includes(name) ? parsed[name] as string[] : [];
    const flag = typedFlag(command, name, args);
    if (given.includes("")) throw new UserError(`${flag} needs a value`);
    if (given.length > 1 && !REPEATABLE.includes(name)) throw new UserError(`${flag} is given ${given.length} times`);
    const text = given.length > 0 ? given.join(",") : fallbackOf(command, name);
    if (text === undefined) continue;
    const choices = command.choices?.[name];
    entries.push([name, choices === undefined ? VALUE_OPTIONS[name].parse(text, flag) : oneOf(name, text, choices)]);
  }
  return Object.fromEntries(entries) as unknown as Values;
}

/** @throws {UserError} naming the operand that is missing or too many. */
function checkOperands({ name, operands = [] }: Command, given: readonly string[]): void {
  const extra = given[operands.length];
  if (extra !== undefined && !operands.at(-1)?.repeated) {
    throw new UserError(`eoq ${name}: unexpected argument "${extra}"`);
  }
  const missing = operands[given.length];
  if (missing !== undefined && !missing.optional) throw new UserError(`eoq ${name} needs ${missing.placeholder}`);
}
