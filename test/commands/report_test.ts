import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertRefused, eoq, withFolder } from "../eoq.ts";
import { sources } from "../page/samples.ts";

/** Writes the sample of each kind and returns their paths. */
async function writeSamples(folder: string): Promise<string[]> {
  await Deno.mkdir(folder);
  return await Promise.all(sources.map(async ({ document }, i) => {
    const path = `${folder}/${i}.json`;
    await Deno.writeTextFile(path, JSON.stringify(document));
    return path;
  }));
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("report: one page, with its plots and tables as files, twice the same", () =>
  withFolder(async (folder) => {
    const files = await writeSamples(`${folder}/in`);
    const out = `${folder}/page.html`;
    const args = ["report", ...files, "--svg", `${folder}/svg`, "--csv", `${folder}/csv`, "-o", out];
    const { code, stdout, stderr } = await eoq(args);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `report: ${out}, `);
    const html = await Deno.readTextFile(out);
    const figures = [...html.matchAll(/<figure id="([^"]+)"/g)].map(([, id]) => id!);
    assertEquals(names(`${folder}/csv`), figures.map((id) => `${id}.csv`).sort());
    const plots = [...html.matchAll(/<figure id="([^"]+)"[^>]*>\n.*\n<div class="wide">/g)].map(([, id]) => id!);
    assertEquals(names(`${folder}/svg`), plots.map((id) => `${id}.svg`).sort());
    assert(plots.length > 10);
    for (const id of plots) {
      const svg = await Deno.readTextFile(`${folder}/svg/${id}.svg`);
      assert(svg.startsWith("<svg xmlns=") && svg.endsWith("</svg>"), id);
      assert(!svg.includes("var(--"), id);
    }
    const layers = await Deno.readTextFile(`${folder}/csv/${figures.find((id) => id.startsWith("layers-"))}.csv`);
    assertStringIncludes(layers, "\nstem,0.5,0.25,0.5,0.125,0.125,0\n");
    assertEquals((await eoq([...args.slice(0, -1), `${folder}/again.html`])).code, 0);
    assertEquals(await Deno.readTextFile(`${folder}/again.html`), html);
  }));

Deno.test("report: what cannot be is refused in one line, and nothing is written", () =>
  withFolder(async (folder) => {
    const [file] = await writeSamples(`${folder}/in`);
    const bad = `${folder}/in/bad.json`;
    await Deno.writeTextFile(bad, "{");
    const out = ["--out", `${folder}/out.html`, "--svg", `${folder}/svg`, "--csv", `${folder}/csv`];
    assertRefused(await eoq(["report"]), 2, "eoq report needs FILE");
    assertRefused(await eoq(["report", file!, `${folder}/none.json`, ...out]), 2, "cannot read", "none.json");
    assertRefused(await eoq(["report", file!, bad, ...out]), 2, `${bad} is not JSON`);
    assertRefused(await eoq(["report", file!, file!, ...out]), 2, "is named twice");
    assertRefused(await eoq(["report", file!, "--watts", "1,2", ...out]), 2, "--watts: 2 given for 1 file;");
    assertRefused(await eoq(["report", file!, "--watts", "many", ...out]), 2, '--watts: "many" is not a number');
    assertEquals(names(folder), ["in"]);
    assertRefused(await eoq(["report", file!, "--out", `${folder}/no/such/page.html`]), 2, "cannot write", "page.html");
    assertRefused(await eoq(["report", file!, "--out", folder]), 2, "cannot write", folder);
    assertEquals(names(folder), ["in"]);
  }));

Deno.test("report: the page never takes the place of what it is made from, nor of what is no page", () =>
  withFolder(async (folder) => {
    const [file, other] = await writeSamples(`${folder}/in`);
    const before = await Deno.readTextFile(file!);
    assertRefused(await eoq(["report", file!, "-o", file!]), 2, `${file}: is read, and cannot be written at once`);
    await Deno.symlink(file!, `${folder}/link.html`);
    assertRefused(await eoq(["report", file!, "-o", `${folder}/link.html`]), 2, "cannot be written at once");
    assertRefused(await eoq(["report", file!, "-o", other!]), 2, `--out: ${other} is there and no page`);
    assertEquals(await Deno.readTextFile(file!), before);
    const out = `${folder}/page.html`;
    for (let i = 0; i < 2; i++) assertEquals((await eoq(["report", file!, "-o", out])).code, 0);
  }));
