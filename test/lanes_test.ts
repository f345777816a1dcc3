import { assert, assertEquals } from "@std/assert";
import { countIn, testFiles } from "./lanes.ts";

const SCRIPT = decodeURIComponent(new URL("lanes.ts", import.meta.url).pathname);

Deno.test("lanes: every test file is run once, as `deno test` finds them", async () => {
  const files = await testFiles(["test"]);
  assertEquals(files.length, new Set(files).size);
  assert(files.includes("test/lanes_test.ts") && files.includes("test/kernels/int8/update_test.ts"));
  const all = await new Deno.Command("git", { args: ["ls-files", "*_test.ts"] }).output();
  const known = new TextDecoder().decode(all.stdout).trim().split("\n");
  assertEquals(known.filter((path) => !files.includes(path)), []);
});

Deno.test("lanes: tests are counted as the runner counts them", () => {
  assertEquals(countIn("a ... ok\n\nok | 12 passed | 0 failed (1s)\n", 0), { passed: 12, failed: 0 });
  assertEquals(countIn("ok | 3 passed (2 steps) | 0 failed | 1 ignored (1s)\n", 0), { passed: 3, failed: 0 });
  assertEquals(countIn("FAILED | 5 passed | 2 failed (1s)\n", 1), { passed: 5, failed: 2 });
  assertEquals(countIn("\x1b[32mok\x1b[0m | 5 passed | 0 failed \x1b[90m(1s)\x1b[0m\n", 0), { passed: 5, failed: 0 });
});

Deno.test("lanes: no closing line, or a failure outside the tests, is a failure", () => {
  assertEquals(countIn("error: Module not found\n", 1), { passed: 0, failed: 1 });
  assertEquals(countIn("a ... ok\n", 0), { passed: 0, failed: 1 });
  assertEquals(countIn("FAILED | 5 passed | 0 failed (1s)\n", 1), { passed: 5, failed: 1 });
  assertEquals(countIn("ok | 5 passed | 0 failed (1s)\n", 139), { passed: 5, failed: 1 });
});

Deno.test("lanes: files of all processes are counted, a failure in any is one of all, and no test is a failure", async () => {
  const folder = await Deno.makeTempDir();
  const test = (passes: boolean) => `Deno.test("a", () => { if (!${passes}) throw new Error("no"); });`;
  const counted = async (texts: readonly string[]): Promise<[string, number]> => {
    for (const [i, text] of texts.entries()) await Deno.writeTextFile(`${folder}/${i}_test.ts`, text);
    const args = ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-run", SCRIPT, folder];
    const { stdout, code } = await new Deno.Command(Deno.execPath(), { args, stderr: "null" }).output();
    return [new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!, code];
  };
  assertEquals(await counted(["", "", ""]), ["0 passed, 1 failed", 1]);
  assertEquals(await counted([true, true, true].map(test)), ["3 passed, 0 failed", 0]);
  assertEquals(await counted([true, false, true].map(test)), ["2 passed, 1 failed", 1]);
  assertEquals(await counted([true, true, false].map(test)), ["2 passed, 1 failed", 1]);
  await Deno.remove(folder, { recursive: true });
});
