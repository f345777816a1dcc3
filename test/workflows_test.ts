import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml/parse";
import { z } from "zod";
import { accept } from "./command_line.ts";

const ROOT = new URL("../", import.meta.url);

/** What a workflow of GitHub Actions must have at least. */
const workflowSchema = z.object({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.enum(["read", "write", "none"])),
  jobs: z.record(
    z.string(),
    z.object({
      "runs-on": z.string(),
      "timeout-minutes": z.int().positive(),
      steps: z.array(z.union([z.object({ uses: z.string().regex(/@v\d+$/) }), z.object({ run: z.string() })])).min(1),
    }),
  ),
});

Deno.test("workflows: valid YAML, with jobs whose scripts are there", async () => {
  const folder = new URL(".github/workflows/", ROOT);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(names, ["benchmark.yml", "ci.yml"]);
  for (const name of names) {
    const { jobs } = workflowSchema.parse(parse(await Deno.readTextFile(new URL(name, folder))));
    for (const { steps } of Object.values(jobs)) {
      const runs = steps.flatMap((step) => "run" in step ? [step.run] : []);
      assert(runs.length > 0, name);
      for (const run of runs) {
        const [, script] = run.match(/^bash (\S+)/)!;
        assert((await Deno.stat(new URL(script!, ROOT))).isFile, run);
      }
    }
  }
});

Deno.test("workflows: the benchmark's command lines are ones that eoq takes", async () => {
  const script = await Deno.readTextFile(new URL(".ci/benchmark", ROOT));
  const lists = new Map([...script.matchAll(/^(\w+)=\((.*)\)$/gm)].map(([, name, words]) => [name!, words!]));
  const calls = [...script.matchAll(/eoq_in (?:\.|"\S+") (.*?)(?: >|$| \|\|)/gm)].map(([, words]) =>
    words!.replace(/"\$\{(\w+)\[@\]\}"/, (_, name: string) => lists.get(name)!).replaceAll('"', "").split(" ")
  );
  assertEquals(calls.map(([name]) => name), ["compare", "compare", "diff", "bench"]);
  calls.forEach(accept);
});
