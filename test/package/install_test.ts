import { assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { V8_FLAGS } from "../../lib/package/child.ts";
import { PERMISSIONS, withFolder } from "../eoq.ts";

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args], cwd, stdin: "null" }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("package: deno task install makes a command with the permissions of the task eoq", () =>
  withFolder(async (folder) => {
    const [, ...words] = manifest.tasks.install.command.split(" ");
    assertEquals(words.filter((word) => /^--(no-prompt|allow-)/.test(word)), PERMISSIONS);
    for (const task of [words, manifest.tasks.eoq.command.split(" ")]) {
      assertEquals(task.filter((word) => word.startsWith("--v8-flags")), V8_FLAGS);
    }
    await run(
      Deno.execPath(),
      [...words, "--root", folder],
      decodeURIComponent(new URL("../../", import.meta.url).pathname),
    );
    assertStringIncludes(await run(`${folder}/bin/eoq`, ["config", "--batch", "7"], folder), '"batch": 7');
  }));
