/**
 * Completions for fish.
 *
 * @module
 */

import { type Candidates, type CompletedCommand, GLOBAL_FLAGS, quote } from "./candidates.ts";

/** The arguments of `complete` for a value. */
function value(candidates: Candidates): string {
  switch (candidates.kind) {
    case "words":
      return `-x -a ${quote(candidates.words.join(" "))}`;
    case "files":
      return "-r -F";
    case "folders":
      return "-x -a '(__fish_complete_directories)'";
    case "free":
      return "-x";
  }
}

/** A value of several words: what stands before the last comma stays. */
function listValue(words: readonly string[]): string {
  return `-x -a '(__eoq_list ${words.join(" ")})'`;
}

function commandLines({ name, options, operands }: CompletedCommand): string[] {
  const within = `complete -c eoq -n '__eoq_within ${name}'`;
  return [
    ...options.map(({ flag, help, value: candidates }) => {
      const described = `${within} -l ${flag.slice(2)} -d ${quote(help)}`;
      if (candidates === undefined) return described;
      const isList = candidates.kind === "words" && candidates.list;
      return `${described} ${isList ? listValue(candidates.words) : value(candidates)}`;
    }),
    ...operands.map((operand, i) => {
      const files = operand.value.kind === "files" ? "-F" : value(operand.value);
      const place = operand.repeated ? "" : `; and __eoq_place ${i + 2}`;
      return `complete -c eoq -n '__eoq_within ${name}${place}' ${files}`;
    }),
  ];
}

/** The script for `eoq completions fish | source`. */
export function fishCompletions(commands: readonly CompletedCommand[]): string {
  return `# Completions of eoq for fish: eoq completions fish | source

function __eoq_place
    test (count (commandline -opc)) -eq $argv[1]
end

function __eoq_within
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end

function __eoq_list
    set -l before (string match -r '^(?:--[^=]*=)?(.*,)' -- (commandline -ct))[2]
    printf '%s\\n' "$before"$argv
end

complete -c eoq -f
${
    [
      ...commands.map(({ name, summary }) => `complete -c eoq -n '__eoq_place 1' -a ${name} -d ${quote(summary)}`),
      ...GLOBAL_FLAGS.map((flag) => `complete -c eoq -n '__eoq_place 1' -l ${flag.slice(2)}`),
      ...commands.flatMap(commandLines),
    ].join("\n")
  }
`;
}
