/**
 * Real shells that complete lines with the script of `eoq completions`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

/** Whether there is such a shell. */
export function isInstalled(shell: string): boolean {
  try {
    return new Deno.Command(shell, { args: ["--version"] }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A shell that waits for something forever is ended. */
const DEADLINE_MS = 120_000;

/** Runs a shell in a folder and returns what it prints. */
async function run(folder: string, shell: string, args: readonly string[]): Promise<string> {
  const env = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, TERM: "dumb" };
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  const options = { args: [...args], cwd: folder, env, signal: deadline };
  const { stdout, stderr, signal } = await new Deno.Command(shell, options).output();
  assertEquals([signal, new TextDecoder().decode(stderr)], [null, ""]);
  return new TextDecoder().decode(stdout);
}

const BASH = `
source "$0"
for line; do
  read -ra COMP_WORDS <<< "\${line//=/ = }"
  [[ $line == *[\\ =] ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _eoq
  echo "\${COMPREPLY[*]}"
done`;

const FISH = `
source $argv[1]
for line in $argv[2..]
    echo (complete -C $line | string split -f1 \\t)
end`;

/**
 * zsh completes in its line editor alone: type, tab, and make a print command
 * of the line. Its keys would be those of $EDITOR, which npx sets to vi.
 */
const ZSH = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "bindkey -e; autoload -U compinit; compinit -u -d $HOME/dump; source $1"
for line in $argv[2,-1]; do
  zpty -w -n z $line$'\\t\\x01print -r "<\\x05>"$((6*7))\\n'
  zpty -r z text '*>42*'
  print -r -- $text
done
zpty -d z`;

/** What a shell makes of lines: in bash and fish the candidates, in zsh the completed line. */
export type Complete = (folder: string, script: string, lines: readonly string[]) => Promise<string[]>;

const lines = (text: string) => text.split("\n").slice(0, -1).map((line) => line.trim());

/** The shells by name. */
export const COMPLETE: Readonly<Record<"bash" | "zsh" | "fish", Complete>> = {
  bash: async (folder, script, typed) => lines(await run(folder, "bash", ["--norc", "-c", BASH, script, ...typed])),
  fish: async (folder, script, typed) =>
    lines(await run(folder, "fish", ["--no-config", "-c", FISH, script, ...typed])),
  zsh: async (folder, script, typed) => {
    const text = await run(folder, "zsh", ["-f", "-c", ZSH, "zsh", script, ...typed]);
    return [...text.matchAll(/<([^<>]*)>42/g)].map(([, line]) => line!);
  },
};
