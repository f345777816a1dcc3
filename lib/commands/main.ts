/**
 * From the arguments of the program to its exit code.
 *
 * @module
 */

import { VERSION } from "../report/version.ts";
import { parseCommandLine } from "../cli/command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT, type ExitCode } from "../cli/exit_codes.ts";
import { reportFailure } from "../cli/failure.ts";
import { commandHelp, overview, welcome } from "../cli/help.ts";
import { enterCallersFolder } from "../package/caller.ts";
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

/** Runs the program. Returns its exit code. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  enterCallersFolder();
  try {
    return await dispatch(args) ?? EXIT.done;
  } catch (error) {
    return await reportFailure(error);
  }
}
