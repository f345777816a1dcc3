/**
 * The commands, in the order of the help.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { MEASURE_COMMANDS } from "./declared/measure.ts";
import { REPORT_COMMANDS } from "./declared/report.ts";
import { RUN_COMMANDS } from "./declared/run.ts";
import { TOOL_COMMANDS } from "./declared/tool.ts";

/** All commands. */
export const COMMANDS: readonly Command[] = [
  ...RUN_COMMANDS,
  ...MEASURE_COMMANDS,
  ...REPORT_COMMANDS,
  ...TOOL_COMMANDS,
];
