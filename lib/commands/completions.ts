/**
 * `eoq completions`: a script that teaches a shell what can be typed.
 *
 * @module
 */

import type { Invocation } from "../cli/command.ts";
import { COMMANDS } from "./commands.ts";
import { bashCompletions } from "../cli/completions/bash.ts";
import { completed, type CompletedCommand } from "../cli/completions/candidates.ts";
import { fishCompletions } from "../cli/completions/fish.ts";
import { zshCompletions } from "../cli/completions/zsh.ts";
import { type Shell, SHELLS } from "./declared/tool.ts";
import { oneOf } from "../cli/words.ts";

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/** Runs `eoq completions`. */
export function run({ argument }: Invocation): Promise<void> {
  console.log(SCRIPTS[oneOf("shell", argument, SHELLS)](COMMANDS.map(completed)).trimEnd());
  return Promise.resolve();
}
