import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/cli/exit_codes.ts";
import { parseReport } from "../../lib/report/run.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { HAS_CLANG } from "../export/html/clang.ts";
import { eoq, type EoqOutput, PERMISSIONS, withFolder } from "../eoq.ts";
import { type Registry, serveRegistry } from "./registry.ts";

/** A module cache of its own that has the npm packages of the real one. */
async function moduleCache(folder: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout)) as { npmCache: string };
  const cache = `${folder}/deno`;
  await Deno.mkdir(cache);
  await Deno.symlink(npmCache, `${cache}/npm`);
  return cache;
}

/** Runs the served command line, far from any checkout. */
async function eoqFrom(registry: Registry, folder: string, cache: string, args: string[]): Promise<EoqOutput> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...PERMISSIONS, `--allow-import=${registry.host}`, registry.url("cli.ts"), ...args],
    cwd: folder,
    env: { NO_COLOR: "1", DENO_DIR: cache },
    stdin: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

const TINY = ["--data", "data", "--epochs", "1", "--batch", "8", "--model", "mlp", "--quiet"];

Deno.test("package: from an http address it trains as from a checkout, and starts processes of its own", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 16, 8);
    const cache = await moduleCache(folder);
    const first = serveRegistry();
    const here = await eoqFrom(first, folder, cache, ["compare", ...TINY, "--out", "here"]);
    assertEquals(here.code, 0, here.stderr);
    assert(first.requests.has("kernels/eoq.h"));

    const paper = ["paper", "accuracy", "--dataset", "mnist", "--data", "data", "--model", "mlp", "--epochs", "1"];
    const cells = await eoqFrom(first, folder, cache, [...paper, "--method", "eoq", "--seeds", "1", "--quiet"]);
    assertEquals(cells.code, 0, cells.stderr);
    const step = ["bench", "step", "--model", "mlp", "--batch", "2", "--method", "eoq", "--seconds", "0"];
    const bench = await eoqFrom(first, folder, cache, step);
    assertEquals(bench.code, 0, bench.stderr);

    // What is in Deno's cache needs no server.
    await first[Symbol.asyncDispose]();
    const again = await eoqFrom(first, folder, cache, ["train", ...TINY, "--out", "again"]);
    assertEquals(again.code, 0, again.stderr);

    const there = await eoq(["compare", ...TINY.with(1, `${folder}/data`), "--out", `${folder}/there`]);
    assertEquals(there.code, 0, there.stderr);
    const hashes = async (out: string) =>
      parseReport(JSON.parse(await Deno.readTextFile(`${folder}/${out}/results.json`)))
        .results.map(({ weightsSha256 }) => weightsSha256);
    assertEquals(await hashes("here"), await hashes("there"));
    assertEquals(await hashes("again"), (await hashes("there")).slice(0, 1));
  }));

Deno.test("package: a source that is not of this version is refused", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 16, 8);
    await using registry = serveRegistry((path, text) => path === "kernels/core/isa.c" ? `${text}\n` : text);
    const { code, stderr } = await eoqFrom(registry, folder, await moduleCache(folder), ["train", ...TINY]);
    assertEquals(code, EXIT.failed);
    assertStringIncludes(stderr, `${registry.url("kernels/core/isa.c")} is not of this version of eoq`);
  }));

Deno.test({
  name: "package: from an http address the page of eoq export is that of a checkout",
  ignore: !HAS_CLANG,
  fn: () =>
    withFolder(async (folder) => {
      await using registry = serveRegistry();
      const words = ["export", "mlp", "--format", "html", "--out"];
      const there = await eoqFrom(registry, folder, await moduleCache(folder), [...words, "there.html"]);
      assertEquals(there.code, 0, there.stderr);
      const here = await eoq([...words, `${folder}/here.html`]);
      assertEquals(here.code, 0, here.stderr);
      const [page, other] = await Promise.all(
        ["here", "there"].map((name) => Deno.readTextFile(`${folder}/${name}.html`)),
      );
      assertEquals(page, other);
    }),
});
