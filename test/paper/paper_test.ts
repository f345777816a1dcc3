import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type PaperReport, paperReportSchema } from "../../lib/report/paper.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, eoq, eoqSignalled, withFolder } from "../eoq.ts";

/** `accuracy` of bn-fp32 with two seeds on images of 8x8 bytes. */
function grid(folder: string, epochs = 2): string[] {
  const data = ["--dataset", "mnist", "--data", `${folder}/data`];
  const budget = ["--model", "resnet-8", "--epochs", `${epochs}`, "--seeds", "1,2", "--method", "bn-fp32"];
  return ["paper", "accuracy", ...data, ...budget, "--learning-rate=0.5", "--threads", "1", "--out", `${folder}/out`];
}

function withData(test: (folder: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 256, 30);
    await test(folder);
  });
}

function existsSync(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function readReport(folder: string): Promise<PaperReport> {
  return paperReportSchema.parse(JSON.parse(await Deno.readTextFile(`${folder}/out/report.json`)));
}

Deno.test("paper: an interrupted grid goes on, and what is done is not done again", () =>
  withData(async (folder) => {
    const second = `${folder}/out/cells/bn-fp32_resnet-8_s2/bn-fp32.checkpoint`;
    const started = () => existsSync(second);
    const epochs = 6;
    const stopped = await eoqSignalled(grid(folder, epochs), "SIGINT", started);
    assertEquals(stopped.code, 5);
    assertStringIncludes(stopped.stderr, "eoq: interrupted; the same command goes on\n");
    const before = await readReport(folder);
    assertEquals([before.complete, before.cells.map(({ status }) => status)], [false, ["finished", "pending"]]);

    const { code, stdout, stderr } = await eoq(grid(folder, epochs));
    assertEquals([code, stderr], [0, ""]);
    const after = await readReport(folder);
    assertEquals([after.complete, after.cells.map(({ status }) => status)], [true, ["finished", "finished"]]);
    assertEquals(after.cells[0], before.cells[0]);

    // Each cell by itself, from its printed command line, comes to the same weights.
    const cell = after.cells[1]!;
    assertStringIncludes(cell.command, " --learning-rate=0.5 ");
    const alone = cell.command.split(" ").slice(1).with(-1, `${folder}/alone`);
    assertEquals((await eoq(alone)).code, 0);
    const { results } = JSON.parse(await Deno.readTextFile(`${folder}/alone/results.json`));
    assert(cell.result !== null && "results" in cell.result);
    assertEquals(cell.result.results[0]!.weightsSha256, results[0].weightsSha256);

    const markdown = await Deno.readTextFile(`${folder}/out/report.md`);
    for (const { command } of after.cells) assertStringIncludes(markdown, `\n${command}\n`);
    const [accuracy] = after.comparisons;
    assertEquals([accuracy?.n, accuracy?.published], [2, null]);
    const text = `${accuracy!.ours!.toFixed(2)} +- ${accuracy!.deviation!.toFixed(2)} (2)`;
    assertStringIncludes(stdout, text);
    assertStringIncludes(markdown, `| bn-fp32 | ${text} |`);
  }));

Deno.test("paper: input that cannot be is one line", async () => {
  assertRefused(await eoq(["paper"]), 2, "eoq paper needs small-batch|accuracy|online|bits|isometry|bn-cost");
  assertRefused(await eoq(["paper", "acuracy"]), 2, 'unknown experiment "acuracy" (did you mean accuracy?)');
  assertRefused(await eoq(["paper", "isometry", "--crop", "4"]), 2, "--crop: eoq paper isometry has no use for it");
  assertRefused(await eoq(["paper", "bn-cost", "--seeds", "1"]), 2, "--seeds: eoq paper bn-cost has no use for it");
  assertRefused(await eoq(["paper", "online", "--images", "9"]), 2, "--images: eoq paper online has no use for it");
  assertRefused(await eoq(["paper", "accuracy", "--epochs", "1", "--images", "9"]), 2, "--epochs and --images");
  assertRefused(await eoq(["paper", "accuracy", "--data", "/no/such/folder"]), 2, "--data: /no/such/folder");
});

Deno.test("paper: input that only the cells find at fault stops the grid with their line", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/data`);
    assertRefused(await eoq([...grid(folder), "--jobs", "2"]), 2, `${folder}/data`, "no such file");
  }));

Deno.test("paper: bn-cost has every method's steps and operations beside the published claim", () =>
  withFolder(async (out) => {
    const args = ["paper", "bn-cost", "--seconds", "0", "--method", "eoq", "--threads", "1", "--out", out];
    const { code, stdout, stderr } = await eoq([...args, "--json"]);
    assertEquals([code, stderr], [0, ""]);
    const { comparisons, cells } = paperReportSchema.parse(JSON.parse(stdout));
    const published = (value: number | null) => comparisons.filter((each) => each.published === value);
    // Speed at two batch sizes, and of a norm by the one model that knows of time; its energy by all three.
    assertEquals([published(18).length, published(70).length], [3, 3]);
    for (const { what, ours } of published(null)) assert(ours !== null && ours > 1, what);
    assert(published(null).length >= 2 * 3);
    for (const { result } of cells) {
      assert(result !== null && "steps" in result);
      for (const phase of ["train-step", "inference"]) {
        const steps = result.steps.filter(({ row }) => row.phase === phase);
        assertEquals(steps.map(({ method }) => method), result.operations.map(({ method }) => method));
        assertEquals([steps[0]!.method, steps[0]!.speedup], ["bn-fp32", 1]);
      }
      const roots = (method: string) => result.operations.find((each) => each.method === method)!.squareRoots;
      assertEquals([roots("bn-fp32") > 0, roots("eoq")], [true, 0]);
    }
    const again = await eoq(args);
    assertStringIncludes(again.stdout, "Against the paper");
    const kept = paperReportSchema.parse(JSON.parse(await Deno.readTextFile(`${out}/report.json`)));
    assertEquals(kept.cells, cells);
    assertRefused(await eoq(args.with(3, "0.1")), 2, "has the result of another budget");
  }));

Deno.test("paper: isometry has every block of every norm beside its closed form, and keeps them", () =>
  withFolder(async (out) => {
    const args = ["paper", "isometry", "--model", "resnet-8", "--seeds", "1,2", "--out", out];
    const { code, stdout, stderr } = await eoq([...args, "--json"]);
    assertEquals([code, stderr], [0, ""]);
    const { cells } = paperReportSchema.parse(JSON.parse(stdout));
    assertEquals(cells.map(({ name }) => name), ["resnet-8_bn", "resnet-8_fixup", "resnet-8_none", "resnet-8_centred"]);
    for (const { result } of cells) {
      assert(result !== null && "blocks" in result);
      assertEquals(result.blocks.map(({ block }) => block), ["stage1.block1", "stage2.block1", "stage3.block1"]);
      for (const { phi, expected } of result.blocks) assert(Math.abs(phi / expected - 1) < 0.5, `${phi} ${expected}`);
    }
    const again = await eoq(args);
    assertStringIncludes(again.stdout, "resnet-8 fixup");
    const kept = paperReportSchema.parse(JSON.parse(await Deno.readTextFile(`${out}/report.json`)));
    assertEquals(kept.cells, cells);
  }));
