/**
 * From the arguments of the program to its exit code.
 *
 * @module
 */

import { messageOf, UserError } from "../errors.ts";
import { VERSION } from "../report/version.ts";
import { issueText } from "../json.ts";
import { parseCommandLine } from "../cli/command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT, type ExitCode } from "../cli/exit_codes.ts";
import { commandHelp, overview, welcome } from "../cli/help.ts";
import { enterCallersFolder } from "../package/caller.ts";
import { visible } from "../terminal/escape.ts";
import { unknownWord } from "../words.ts";

async function dispatch(args: readonly string[]): Promise<ExitCode | void> {
  const [name, ...rest] = args;
  if (name === undefined) return console.log(welcome(COMMANDS).trimEnd());
  if (name === "--help" || name === "-h" || name === "help") {
    return console.log(overview(COMMANDS).trimEnd());
  }
  if (name === "--version") return console.log(`eoq ${VERSION}`);
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) {
    const kind = name.startsWith("-") ? "option" : "command";
    const known = kind === "option" ? ["--help", "--version"] : COMMANDS.map((each) => each.name);
    throw unknownWord(kind, name, known);
  }
  if (rest.includes("--help") || rest.includes("-h")) return console.log(commandHelp(command).trimEnd());
  return await command.run(parseCommandLine(command, rest), COMMANDS);
}

/** What a schema says of a value, in words: its own message is a list in JSON. */
function schemaText(error: unknown): string | undefined {
  const { issues: [issue] = [] } = error instanceof Error
    ? error as { issues?: Parameters<typeof issueText>[0][] }
    : {};
  return issue && `not as it must be: ${issueText(issue)}`;
}

/** One line for whoever typed the command. */
function describe(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return `permission denied by Deno: ${messageOf(error).replace(/, run again.*/s, "")}`;
  }
  return (schemaText(error) ?? messageOf(error)).split("\n")[0]!;
}

/** Runs the program. Returns its exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  enterCallersFolder();
  try {
    return await dispatch(args) ?? EXIT.done;
  } catch (error) {
    console.error(`eoq: ${visible(describe(error))}`);
    if (Deno.permissions.querySync({ name: "env", variable: "EOQ_DEBUG" }).state === "granted") {
      if (Deno.env.get("EOQ_DEBUG") === "1") console.error(error);
    }
    return error instanceof UserError ? EXIT.usage : EXIT.failed;
  }
}
