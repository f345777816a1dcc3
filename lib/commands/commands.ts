/**
 * The commands, in the order of the help.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { BENCH } from "./bench.ts";
import { COMPARE } from "./compare.ts";
import { COMPLETIONS } from "./completions.ts";
import { CONFIG } from "./config.ts";
import { DATA } from "./data.ts";
import { DIFF } from "./diff.ts";
import { DOCTOR } from "./doctor.ts";
import { EVAL } from "./eval.ts";
import { EXPORT } from "./export.ts";
import { GOLDEN } from "./golden.ts";
import { LEARN } from "./learn.ts";
import { OPS } from "./ops.ts";
import { PAPER } from "./paper.ts";
import { PLAN } from "./plan.ts";
import { PREDICT } from "./predict.ts";
import { REPORT } from "./report.ts";
import { SUMMARY } from "./summary.ts";
import { TRAIN } from "./train.ts";

/** All commands. */
export const COMMANDS: readonly Command[] = [
  ...[COMPARE, TRAIN, EVAL, PREDICT, LEARN, EXPORT, CONFIG],
  ...[SUMMARY, OPS, GOLDEN, BENCH, PLAN, DIFF, PAPER],
  ...[REPORT, DATA, DOCTOR, COMPLETIONS],
];
