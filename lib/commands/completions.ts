/**
 * `eoq completions`: a script that teaches a shell what can be typed.
 *
 * @module
 */

import type { Invocation } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { bashCompletions } from "./completions/bash.ts";
import { completed, type CompletedCommand } from "./completions/candidates.ts";
import { fishCompletions } from "./completions/fish.ts";
import { zshCompletions } from "./completions/zsh.ts";
import { type Shell, SHELLS } from "./declared/tool.ts";
import { oneOf } from "./words.ts";

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
