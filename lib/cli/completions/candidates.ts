/**
 * What can stand in each place of a command line, for the shells' completions:
 * all of it from the tables that also drive the parser and the help.
 *
 * @module
 */

import { type Command, flags, valueOptions } from "../command.ts";
import { FLAGS, VALUE_OPTIONS, type ValueName } from "../options.ts";
import type { ValueOption } from "../options/option.ts";

/** What completes a value. */
export type Candidates =
  | { readonly kind: "words"; readonly words: readonly string[]; readonly list: boolean }
  | { readonly kind: "files" }
  | { readonly kind: "folders" }
  /** A number or a text of the user's own. */
  | { readonly kind: "free" };

/** An option as a shell completes it. */
export interface CompletedOption {
  /** With its dashes. */
  readonly flag: string;
  readonly help: string;
  readonly placeholder: string;
  /** Absent where the option takes no value. */
  readonly value?: Candidates;
}

/** An operand as a shell completes it. */
export interface CompletedOperand {
  readonly placeholder: string;
  readonly value: Candidates;
  /** Whether more of the same can follow. */
  readonly repeated: boolean;
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly operands: readonly CompletedOperand[];
}

/** Options in front of a command. */
export const GLOBAL_FLAGS: readonly string[] = ["--help", "--version"];

function candidates({ placeholder, values, list }: Omit<ValueOption<unknown>, "help" | "parse">): Candidates {
  if (values !== undefined) return { kind: "words", words: values, list: list === true };
  if (placeholder.includes("FILE")) return { kind: "files" };
  return { kind: placeholder.includes("DIR") ? "folders" : "free" };
}

function completedOption(command: Command, name: ValueName): CompletedOption {
  const option: ValueOption<unknown> = VALUE_OPTIONS[name];
  const placeholder = command.placeholders?.[name] ?? option.placeholder;
  // A command with a placeholder of its own takes other words than the table's.
  const values = command.choices?.[name] ?? (placeholder === option.placeholder ? option.values : undefined);
  return {
    flag: `--${name}`,
    help: command.helps?.[name] ?? option.help,
    placeholder,
    value: candidates({ placeholder, ...option.list && { list: option.list }, ...values && { values } }),
  };
}

/** A command with what can stand behind it. */
export function completed(command: Command): CompletedCommand {
  const { name, summary, operands = [] } = command;
  return {
    name,
    summary,
    options: [
      ...valueOptions(command).map((option) => completedOption(command, option)),
      ...flags(command).map((flag) => ({ flag: `--${flag}`, help: FLAGS[flag], placeholder: "" })),
    ],
    operands: operands.map(({ placeholder, values, repeated = false }) => ({
      placeholder,
      value: values === undefined ? { kind: "files" } : { kind: "words", words: values, list: false },
      repeated,
    })),
  };
}

/** A word in quotes that no shell looks into. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
