import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/** What is loaded before any command runs: modules of the package by their path, others by their specifier. */
async function loadedAtStart(): Promise<string[]> {
  const root = new URL("../../", import.meta.url).href;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "cli.ts"],
    cwd: new URL(root),
    env: { NO_COLOR: "1" },
  }).output();
  const modules: readonly Module[] = JSON.parse(new TextDecoder().decode(stdout)).modules;
  const found = new Set([`${root}cli.ts`]);
  for (const specifier of found) {
    for (const { code, isDynamic } of modules.find((each) => each.specifier === specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && !isDynamic) found.add(code.specifier);
    }
  }
  return [...found].map((specifier) => specifier.replace(root, ""));
}

Deno.test("loading: help and completions load no library but those of options, and no room that does the work", async () => {
  const loaded = await loadedAtStart();
  for (const { name } of COMMANDS) assertEquals(loaded.includes(`lib/commands/${name}.ts`), true, name);
  const packages = loaded.filter((each) => each.startsWith("npm:")).map((each) => each.split("@")[0]);
  assertEquals([...new Set(packages)].sort(), ["npm:deno-std", "npm:zod"]);
  const heavy = /^lib\/(bench|page|ops|paper|native\/library|metrics\/(?!formats\/formats)|commands\/training)/;
  assertEquals(loaded.filter((each) => heavy.test(each)), []);
});
