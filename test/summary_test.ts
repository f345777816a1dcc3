import { assertEquals } from "@std/assert";

const SUMMARY = decodeURIComponent(new URL("summary.ts", import.meta.url).pathname);

/** The last line and the exit code for what a test runner printed. */
async function summarize(text: string, runners = 1): Promise<[string, number]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", SUMMARY, String(runners)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stdout } = await child.output();
  const printed = new TextDecoder().decode(stdout);
  assertEquals(printed.slice(0, text.length), text);
  return [printed.trimEnd().split("\n").at(-1)!, code];
}

Deno.test("summary: counts what the runner counted", async () => {
  assertEquals(await summarize("a ... ok\n\nok | 12 passed | 0 failed (1s)\n"), ["12 passed, 0 failed", 0]);
  assertEquals(await summarize("ok | 3 passed (2 steps) | 0 failed | 1 ignored (1s)\n"), ["3 passed, 0 failed", 0]);
  assertEquals(await summarize("FAILED | 5 passed | 2 failed (1s)\n"), ["5 passed, 2 failed", 1]);
});

Deno.test("summary: no test, no closing line or a failure outside the tests is a failure", async () => {
  assertEquals(await summarize("ok | 0 passed | 0 failed (0ms)\n"), ["0 passed, 1 failed", 1]);
  assertEquals(await summarize("Type checking failed.\n"), ["0 passed, 1 failed", 1]);
  assertEquals(await summarize("FAILED | 5 passed | 0 failed (1s)\n"), ["5 passed, 1 failed", 1]);
});

Deno.test("summary: runners are added, and each has to close", async () => {
  const one = "ok | 12 passed | 0 failed (1s)\n", two = "ok | 5 passed | 0 failed | 2 ignored (1s)\n";
  assertEquals(await summarize(one + two, 2), ["17 passed, 0 failed", 0]);
  assertEquals(await summarize(one, 2), ["12 passed, 1 failed", 1]);
  assertEquals(await summarize(`${one}FAILED | 3 passed | 2 failed (1s)\n`, 2), ["15 passed, 2 failed", 1]);
  assertEquals(await summarize(`${one}ok | 0 passed | 0 failed (0ms)\n`, 2), ["12 passed, 1 failed", 1]);
});
