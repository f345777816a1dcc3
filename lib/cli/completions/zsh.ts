/**
 * Completions for zsh, by its own `_arguments`.
 *
 * @module
 */

import { type Candidates, type CompletedCommand, GLOBAL_FLAGS, quote } from "./candidates.ts";

/** The action of `_arguments` for a value. */
function action(value: Candidates): string {
  switch (value.kind) {
    case "words": {
      const words = value.words.join(" ");
      if (value.words.some((word) => word.endsWith("="))) return `{compadd -S "" -- ${words}}`;
      return value.list ? `_values -s , value ${words}` : `(${words})`;
    }
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "free":
      return "( )";
  }
}

/** Text within a specification, where colons and brackets mean something. */
function escape(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, (character) => `\\${character}`);
}

function commandCase({ name, options, operands }: CompletedCommand): string {
  const specifications = [
    ...options.map(({ flag, help, placeholder, value }) =>
      value === undefined
        ? `${flag}[${escape(help)}]`
        : `${flag}=[${escape(help)}]:${escape(placeholder)}:${action(value)}`
    ),
    ...operands.map(({ placeholder, value, repeated }, i) =>
      `${repeated ? "*" : i + 1}:${escape(placeholder)}:${action(value)}`
    ),
  ];
  return `    ${name}) _arguments ${specifications.map((each) => `\\\n      ${quote(each)}`).join(" ")} ;;\n`;
}

/** The script for `source <(eoq completions zsh)` behind compinit, or for a file `_eoq` in $fpath. */
export function zshCompletions(commands: readonly CompletedCommand[]): string {
  return `#compdef eoq
# Completions of eoq for zsh: source <(eoq completions zsh) behind compinit, or a file _eoq in $fpath

_eoq() {
  if ((CURRENT == 2)); then
    local -a commands=(
${commands.map(({ name, summary }) => `      ${quote(`${name}:${summary}`)}\n`).join("")}    )
    _describe command commands
    compadd -- ${GLOBAL_FLAGS.join(" ")}
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${commands.map(commandCase).join("")}  esac
}

if [[ $funcstack[1] == _eoq ]]; then _eoq "$@"; else compdef _eoq eoq; fi
`;
}
