/**
 * How the program says that it failed.
 *
 * @module
 */

import { messageOf, UserError } from "../errors.ts";
import { issueText } from "../json.ts";
import { launchOf } from "../package/launch.ts";
import { visible } from "../terminal/escape.ts";
import { say } from "./warn.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";

/** What a schema says of a value, in words: its own message is a list in JSON. */
function schemaText(error: unknown): string | undefined {
  const { issues: [issue] = [] } = error instanceof Error
    ? error as { issues?: Parameters<typeof issueText>[0][] }
    : {};
  return issue && `not as it must be: ${issueText(issue)}`;
}

/** One line for whoever typed the command. */
function describe(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return `permission denied by Deno: ${messageOf(error).replace(/, run again.*/s, "")}`;
  }
  return (schemaText(error) ?? messageOf(error)).split("\n")[0]!;
}

/** Milliseconds in which the first of several processes ends them all, where it fails for the same reason. */
const OTHERS_WAIT = 5000;

/** Says in one line what failed, and of several processes that were started together in which. @returns the exit code. */
export async function reportFailure(error: unknown): Promise<ExitCode> {
  const { rank } = launchOf() ?? { rank: 0 };
  if (rank > 0) await new Promise((resolve) => setTimeout(resolve, OTHERS_WAIT));
  say(`eoq: ${rank > 0 ? `rank ${rank}: ` : ""}${visible(describe(error))}`);
  if (Deno.permissions.querySync({ name: "env", variable: "EOQ_DEBUG" }).state === "granted") {
    if (Deno.env.get("EOQ_DEBUG") === "1") console.error(error);
  }
  return error instanceof UserError ? EXIT.usage : EXIT.failed;
}
