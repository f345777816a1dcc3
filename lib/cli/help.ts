/**
 * Help, written out of the tables that also drive the parser.
 *
 * @module
 */

import { VERSION } from "../report/version.ts";
import { wrapWords } from "../terminal/wrap.ts";
import { type Command, fallbackOf, flags, valueOptions } from "./command.ts";
import { FLAGS, VALUE_OPTIONS } from "./options.ts";

/** Column at which help texts wrap: nothing of them may break on the smallest terminal. */
const WIDTH = 79;

/** Two columns: terms, and explanations that wrap beside them. */
function definitions(rows: readonly (readonly [term: string, text: string])[]): string {
  const termWidth = Math.max(...rows.map(([term]) => term.length));
  const indent = " ".repeat(termWidth + 4);
  return rows.map(([term, text]) =>
    `  ${term.padEnd(termWidth)}  ${wrapWords(text, WIDTH - indent.length).join(`\n${indent}`)}\n`
  ).join("");
}

/** What `eoq` alone prints: the command to start with, and what there is. */
export function welcome(commands: readonly Command[]): string {
  return `eoq ${VERSION}: residual networks trained in pure int8 without batch norm

Start with this; it needs nothing but a C compiler and takes a minute or two:

  eoq compare

It trains one network on MNIST twice, in int8 without batch norm and in fp32
with it, and prints accuracy, speed, operations and memory side by side.

Then:
${definitions(commands.map(({ name, summary }) => [name, summary]))}
eoq doctor says what this machine lacks, eoq COMMAND --help explains a command.
In a checkout, eoq is: deno task eoq
`;
}

/** What `eoq --help` prints. */
export function overview(commands: readonly Command[]): string {
  return `eoq ${VERSION}: residual networks trained in pure int8 without batch norm

Usage: eoq <command> [options]     in a checkout: deno task eoq <command> ...

Commands:
${definitions(commands.map(({ name, summary }) => [name, summary]))}
Options:
${definitions([["--help", "show help; eoq <command> --help explains a command"], ["--version", "show the version"]])}
Exit code: 0 done, 1 slower than the baseline, 2 the input is at fault,
3 nothing to compare or something gone, 4 a wrong result, 5 the run failed or
was interrupted.
`;
}

/** What `eoq <command> --help` prints. */
export function commandHelp(command: Command): string {
  const options = valueOptions(command).map((name): [string, string] => {
    const fallback = fallbackOf(command, name);
    const placeholder = command.placeholders?.[name] ?? VALUE_OPTIONS[name].placeholder;
    const alias = command.aliases?.[name];
    const help = (command.helps?.[name] ?? VALUE_OPTIONS[name].help) + (alias === undefined ? "" : `; also --${alias}`);
    return [`--${name} ${placeholder}`, fallback === undefined ? help : `${help} (default: ${fallback})`];
  });
  const switches = flags(command).map((name): [string, string] => [`--${name}`, FLAGS[name]]);
  const { list } = command;
  const operands = (command.operands ?? []).map(({ placeholder, optional, repeated }) =>
    optional ? `[${placeholder}]` : repeated ? `${placeholder}...` : placeholder
  );
  const usage = ["eoq", command.name, ...operands, "[options]"].join(" ");
  return `${wrapWords(`eoq ${command.name}: ${command.summary}`, WIDTH).join("\n  ")}

${wrapWords(`Usage: ${usage}`, WIDTH).join("\n  ")}

${wrapWords(command.description, WIDTH).join("\n")}
${list === undefined ? "" : `\n${list.title}:\n${definitions(list.rows)}`}
Options:
${definitions([...options, ...switches])}
Examples:
${command.examples.map((example) => `  ${wrapWords(example, WIDTH - 4).join(" \\\n    ")}\n`).join("")}`;
}
