import { assert } from "@std/assert";
import { parseCommandLine } from "../lib/cli/command.ts";
import { COMMANDS } from "../lib/commands/commands.ts";

/** A command line of the program is taken as the program takes it. */
export function accept(words: readonly string[]): void {
  const command = COMMANDS.find(({ name }) => name === words[0]);
  assert(command !== undefined, words.join(" "));
  parseCommandLine(command, words.slice(1));
}
