/**
 * Passes on what `deno test` prints and ends with one line that counts the
 * tests. Reads standard input, so the runner itself needs no permission.
 * Fails unless each of so many runners, the argument or 1, closed with its own
 * line, said ok and ran a test.
 */

import { stripAnsiCode } from "@std/fmt/colors";

const CLOSING = /^(ok|FAILED) \| (\d+) passed.* \| (\d+) failed/gm;

let text = "";
for await (const part of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  text += part;
  Deno.stdout.writeSync(new TextEncoder().encode(part));
}
const closings = [...stripAnsiCode(text).matchAll(CLOSING)];
const sum = (group: 2 | 3) => closings.reduce((total, each) => total + Number(each[group]), 0);
const good = closings.length === Number(Deno.args[0] ?? 1) &&
  closings.every(([, verdict, passed]) => verdict === "ok" && Number(passed) > 0);
console.log(`${sum(2)} passed, ${good ? sum(3) : Math.max(1, sum(3))} failed`);
Deno.exit(good ? 0 : 1);
