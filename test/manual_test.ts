import { assert, assertEquals, assertThrows } from "@std/assert";
import manifest from "../deno.json" with { type: "json" };
import { COMMANDS } from "../lib/commands/commands.ts";
import { accept } from "./command_line.ts";

const ROOT = new URL("../", import.meta.url);

const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

const pages = [...Deno.readDirSync(new URL("docs/", ROOT))].map(({ name }) => name).filter((name) =>
  name.endsWith(".md")
).map((name) => `docs/${name}`).sort();

Deno.test("manual: README.md begins with two commands that do everything, and is short", async () => {
  const lines = (await read("README.md")).trimEnd().split("\n");
  assertEquals(lines.slice(0, 6), [
    "# eoq",
    "",
    "```sh",
    "npx -y deno@2.9.6 task compare     # or, with Deno installed: deno task compare",
    "npx -y deno@2.9.6 task test",
    "```",
  ]);
  assert(lines.length <= 120, `${lines.length} lines`);
});

Deno.test("manual: what README.md prints fits 80 columns", async () => {
  const blocks = [...(await read("README.md")).matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, language, text]) =>
    language === "" ? [text!] : []
  );
  assert(blocks.some((text) => text.startsWith("method ")));
  for (const line of blocks.flatMap((text) => text.split("\n"))) assert(line.length <= 80, line);
});

Deno.test("manual: links between the pages lead somewhere, and README.md to every page", async () => {
  for (const page of ["README.md", "CONTRIBUTING.md", ...pages]) {
    const targets = [...(await read(page)).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target!);
    const local = targets.filter((target) => !target.startsWith("https://"));
    for (const target of local) await Deno.stat(new URL(target, new URL(page, ROOT)));
    if (page === "README.md") assertEquals(pages.filter((each) => !local.includes(each)), []);
  }
});

Deno.test("manual: the files that docs/ names are there", async () => {
  const names = /`((?:lib|kernels|test|bench|\.ci|\.github)\/[\w./-]*)`/g;
  for (const page of pages) {
    const paths = [...(await read(page)).matchAll(names)].map(([, path]) => path!);
    if (page === "docs/architecture.md") assert(paths.length > 40);
    for (const path of paths) await Deno.stat(new URL(path, ROOT));
  }
});

/** The lines of a page's shell blocks without their comments. */
function commandLines(text: string): string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block]) => block!.split("\n")).map((line) =>
    line.replace(/(^|\s)#.*$/, "").trim()
  ).filter((line) => line !== "");
}

/** Takes a command line apart as far as the documentation has any, and holds it against the program. */
function check(line: string): void {
  const [, words] = line.match(/^(?:source <\()?(?:taskset -c 0 )?(?:deno task )?eoq (.*?)(?:\)| \| source)?$/) ?? [];
  if (words === undefined) {
    const [, task] = line.match(/^(?:npx -y deno@[\d.]+|deno) task (\S+)(?: [\w.]+)*$/) ?? [];
    return assert(task !== undefined && task in manifest.tasks, line);
  }
  if (!words.split(" ").includes("--help")) accept(words.split(" "));
}

Deno.test("manual: the command lines are ones that eoq takes", async () => {
  const lines = (await Promise.all(["README.md", ...pages].map(read))).flatMap(commandLines);
  assert(lines.length > 40);
  lines.forEach(check);
  assertThrows(() => check("eoq train --epoch 3"));
  assertThrows(() => check("deno task none"));
});

Deno.test("manual: README.md names every command", async () => {
  const [, section] = (await read("README.md")).match(/^## Commands\n(.*?)^## /ms)!;
  assertEquals(COMMANDS.map(({ name }) => name).filter((name) => !section!.includes(`\`${name}\``)), []);
});

Deno.test("manual: the numbers of README.md's short tables are those of the pages with all of them", async () => {
  const [, section] = (await read("README.md")).match(/^## Accuracy and speed\n(.*?)^## /ms)!;
  const full = [await read("docs/accuracy.md"), await read("docs/performance.md")].map((text) =>
    text.split("\n").filter((line) => line.startsWith("|"))
  );
  const [accuracy, speed] = [...section!.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => table.trim().split("\n"));
  const cells = (row: string) => row.split("|").slice(1, -1).map((cell) => cell.trim());
  const inRow = (row: string | undefined, number: string) =>
    row !== undefined && cells(row).some((cell) => cell.split(" (")[0] === number);
  for (const [i, table] of [accuracy!, speed!].entries()) {
    for (const row of table.slice(2)) {
      const [what, ...numbers] = cells(row);
      const source = full[i]!.find((line) => line.startsWith(`| ${what} `));
      for (const number of numbers) assert(inRow(source, number), `${what}: ${number}`);
    }
  }
});

Deno.test("manual: README.md's picture shows the numbers of the page, and has colours for dark", async () => {
  const svg = await read("docs/images/small-batch.svg");
  assert(svg.includes("@media (prefers-color-scheme:dark)"));
  const [, label] = svg.match(/aria-label="(Lines[^"]*)"/)!;
  const shown = new Map(
    [...label!.matchAll(/([\w, -]+) batch (\d+): (\d+\.\d)/g)].map(([, series, batch, value]) =>
      [`${series!.trim()} ${batch}`, Number(value)] as const
    ),
  );
  const [, section] = (await read("docs/accuracy.md")).match(/^## Small batches\n(.*)/ms)!;
  const [head, , ...rows] = section!.split("\n").filter((line) => line.startsWith("|")).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
  const names = ["bn-fp32", "eoq", "bn-fp32, published", "eoq, published"];
  const written = rows.flatMap((row, i) =>
    row.flatMap((cell, j) => j === 0 || cell === "-" ? [] : [[`${names[i]} ${head![j]}`, Number(cell)] as const])
  );
  assertEquals(written.map(([name]) => name).sort(), [...shown.keys()].sort());
  for (const [name, value] of written) assert(Math.abs(value - shown.get(name)!) <= 0.051, name);
});

Deno.test("manual: the picture of 30 epochs ends where the table of the recipes does, and has colours for dark", async () => {
  const svg = await read("docs/images/learning-curve.svg");
  assert(svg.includes("@media (prefers-color-scheme:dark)"));
  const [, label] = svg.match(/aria-label="(Lines[^"]*)"/)!;
  const ends = [...label!.matchAll(/([\w-]+) ends at ([\d.]+ %)/g)].map(([, method, end]) => [method, end]);
  assertEquals(ends.map(([method]) => method), ["eoq", "bn-fp32"]);
  const lines = (await read("docs/accuracy.md")).split("\n");
  const rows = new Map([["eoq", "eoq"], ["bn-fp32", "bn-fp32"]]);
  for (const [method, end] of ends) {
    const row = lines.find((line) => line.startsWith(`| ${rows.get(method!)} `))!;
    assertEquals(row.split("|").at(-2)!.trim(), end);
  }
});
