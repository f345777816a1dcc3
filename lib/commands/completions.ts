/**
 * `eoq completions`: a script that teaches a shell what can be typed.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { oneOf } from "../words.ts";

/** Shells that have a script. */
const SHELLS = ["bash", "zsh", "fish"] as const;

/** The command. */
export const COMPLETIONS: Command = {
  name: "completions",
  summary: "print what makes a shell complete the words of eoq",
  operands: [{ placeholder: SHELLS.join("|"), values: SHELLS }],
  options: ["help"],
  description: "Prints a script with all commands, options and the words that options take. For the shell that runs: " +
    "source <(eoq completions bash); zsh the same, behind compinit; eoq completions fish | source. To keep it, put " +
    "that line into ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish. It is for the command eoq; docs/install.md says " +
    "how to install that.",
  examples: ["eoq completions bash", "eoq completions fish > ~/.config/fish/completions/eoq.fish"],

  async run({ argument }, commands) {
    const shell = oneOf("shell", argument, SHELLS);
    const { completed } = await import("../cli/completions/candidates.ts");
    const { bashCompletions } = await import("../cli/completions/bash.ts");
    const { fishCompletions } = await import("../cli/completions/fish.ts");
    const { zshCompletions } = await import("../cli/completions/zsh.ts");
    const scripts = { bash: bashCompletions, zsh: zshCompletions, fish: fishCompletions };
    console.log(scripts[shell](commands.map(completed)).trimEnd());
  },
};
