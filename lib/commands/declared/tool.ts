/**
 * The commands that see to data and to eoq itself: what the help and the parser know of them.
 *
 * @module
 */

import { DATASETS } from "../../data/datasets.ts";
import type { Command } from "../../cli/command.ts";
import { MACHINE } from "./machine.ts";

/** What `eoq data` can do. */
export const ACTIONS = ["list", "get"] as const;

/** Shells that `eoq completions` speaks to. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** Name of a shell. */
export type Shell = typeof SHELLS[number];

/** In the order of the help. */
export const TOOL_COMMANDS: readonly Command[] = [
  {
    name: "data",
    summary: "get datasets, and list those that are here",
    operands: [
      { placeholder: ACTIONS.join("|"), values: ACTIONS },
      { placeholder: "NAME", values: DATASETS.filter((name) => name !== "folder"), optional: true },
    ],
    options: ["json", "quiet", "help"],
    description:
      "get NAME downloads a dataset from the address where it is published, goes on where an earlier download broke " +
      "off, checks the published checksum, unpacks, and gives the folder its name when all of it is there. list shows " +
      "which datasets there are, which are here, how large and where. They are kept in $EOQ_DATA, else " +
      "$XDG_DATA_HOME/eoq, else ~/.local/share/eoq; training finds them there. A copy that you have already needs no " +
      "get: name its folder with --data DIR.",
    examples: ["eoq data list", "eoq data get cifar10", "eoq train --dataset cifar10 --model resnet-20"],
    load: () => import("../data.ts"),
  },
  {
    name: "doctor",
    summary: "say what this machine has and what is missing",
    options: ["dataset", "data", "image-size", ...MACHINE, "help"],
    description:
      "Looks at the compiler, the cache folder, the kernel library and its instruction-set paths, and the dataset. " +
      "Exit code 0 when training can run, else 5 and a line for each thing that is missing, with its cure.",
    examples: ["eoq doctor", "eoq doctor --isa scalar"],
    load: () => import("../doctor.ts"),
  },
  {
    name: "completions",
    summary: "print what makes a shell complete the words of eoq",
    operands: [{ placeholder: SHELLS.join("|"), values: SHELLS }],
    options: ["help"],
    description:
      "Prints a script with all commands, options and the words that options take. For the shell that runs: " +
      "source <(eoq completions bash); zsh the same, behind compinit; eoq completions fish | source. To keep it, put " +
      "that line into ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish. It is for the command eoq, see README for " +
      "how to install that.",
    examples: ["eoq completions bash", "eoq completions fish > ~/.config/fish/completions/eoq.fish"],
    load: () => import("../completions.ts"),
  },
];
