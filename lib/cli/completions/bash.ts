/**
 * Completions for bash, which need nothing but bash 4.
 *
 * @module
 */

import { type Candidates, type CompletedCommand, GLOBAL_FLAGS, quote } from "./candidates.ts";

/** The statement that completes the current word. */
function reply(value: Candidates): string {
  switch (value.kind) {
    case "words":
      return `_eoq_words ${quote(value.words.join(" "))}`;
    case "files":
      return "_eoq_paths -f";
    case "folders":
      return "_eoq_paths -d";
    case "free":
      return ":";
  }
}

function commandCase({ name, options, operands }: CompletedCommand): string {
  const values = Map.groupBy(options.filter(({ value }) => value !== undefined), ({ value }) => reply(value!));
  const previous = [...values].map(([statement, group]) =>
    `        ${group.map(({ flag }) => flag).join("|")}) ${statement}; return ;;\n`
  );
  const places = operands.map(({ value, repeated }, i) =>
    `        ${repeated ? "*" : i + 2}) ${reply(value)}; return ;;\n`
  );
  return `    ${name})
      case $prev in
${previous.join("")}      esac
      flags=${quote(options.map(({ flag }) => flag).join(" "))}
      [[ $cur == -* ]] || case $COMP_CWORD in
${places.join("")}      esac ;;
`;
}

/** The script for `source <(eoq completions bash)`. */
export function bashCompletions(commands: readonly CompletedCommand[]): string {
  return `# Completions of eoq for bash: source <(eoq completions bash)

# Words, also behind a comma; no space follows one that ends in =.
_eoq_words() {
  local before=
  [[ $cur == *,* ]] && before=\${cur%,*},
  COMPREPLY=($(compgen -P "$before" -W "$1" -- "\${cur##*,}"))
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}

_eoq_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$cur")
}

_eoq() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} flags=
  COMPREPLY=()
  # bash takes --flag=value for three words.
  if [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    _eoq_words ${quote([...commands.map(({ name }) => name), ...GLOBAL_FLAGS].join(" "))}
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map(commandCase).join("")}  esac
  _eoq_words "$flags"
}

complete -F _eoq eoq
`;
}
