import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { diffBeside } from "../../lib/metrics/beside.ts";
import { benchReportSchema } from "../../lib/report/bench.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";

const STEP = ["bench", "step", "--model", "resnet-8", "--batch", "1", "--method", "eoq", "--seconds", "0"];

/** A checkout of which every step takes so many seconds. */
async function fakeCheckout(folder: string, seconds: number): Promise<string> {
  await Deno.mkdir(`${folder}/lib/bench`, { recursive: true });
  await Deno.writeTextFile(`${folder}/deno.json`, "{}");
  await Deno.writeTextFile(
    `${folder}/lib/bench/step_child.ts`,
    `const answer = (value: unknown) => console.log(JSON.stringify(value));
answer({ ready: true });
let pending = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (pending + text).split("\\n");
  pending = lines.pop()!;
  for (const line of lines) answer({ seconds: ${seconds} * JSON.parse(line).repetitions });
}
`,
  );
  return folder;
}

Deno.test("beside: another checkout takes turns, at every setting, and is what steps are judged by", () =>
  withFolder(async (folder) => {
    const slow = [...STEP, "--threads", "1,2", "--max-regression", "50%"];
    const worse = await eoq([...slow, "--json", "--beside", await fakeCheckout(folder, 1e-9)]);
    assertEquals(worse.code, 1, worse.stderr);
    const report = benchReportSchema.parse(JSON.parse(worse.stdout));
    assertEquals(
      report.rows.map(({ subject, phase, threads }) => [subject, phase, threads]),
      ["train-step", "inference"].flatMap((phase) =>
        [1, 2].flatMap((threads) => ["eoq", "base"].map((subject) => [subject, phase, threads]))
      ),
    );
    for (const row of report.rows.filter(({ subject }) => subject === "base")) {
      assert(Math.abs(row.median / 1e9 - 1) < 1e-6, `${row.median} images/s`);
    }
    const ratios = report.ratios.filter(({ to }) => to.subject === "base");
    assertEquals(ratios.map(({ of, to }) => [of.threads, to.threads]), [[1, 1], [2, 2], [1, 1], [2, 2]]);
    assert(report.noise !== null && report.noise.passes === 5);
    const tolerance = { maxRegression: 0.5, minAccuracy: undefined, force: false };
    const { changes } = diffBeside(report, tolerance);
    assertEquals(changes.map(({ verdict }) => verdict), Array(4).fill("worse"));
    assertEquals(changes.map(({ baseline, ratio }) => [baseline, ratio?.value]), [
      ...report.rows.filter(({ subject }) => subject === "base").map(({ median }, i) => [
        median,
        ratios[i]!.median,
      ]),
    ]);
    const better = await eoq([...slow, "--beside", await fakeCheckout(folder, 10)]);
    assertEquals([better.code, better.stderr], [0, ""]);
    assertStringIncludes(better.stdout, "4 better.");
  }));

Deno.test("beside: this checkout beside itself, and what is no checkout", () =>
  withFolder(async (folder) => {
    assertRefused(await eoq([...STEP, "--beside", folder]), 2, `--beside: ${folder} is no checkout of eoq`);
    assertRefused(await eoq([...STEP, "--beside", ".", "--against", "x"]), 2, "--against and --beside: give one");
    assertRefused(await eoq(["bench", "peak", "--beside", "."]), 2, "--beside: eoq bench peak has no use for it");
    const { code, stdout } = await eoq([...STEP, "--json", "--max-regression", "99%", "--beside", "."]);
    assertEquals(code, 0);
    const { ratios } = benchReportSchema.parse(JSON.parse(stdout));
    assertEquals(ratios.map(({ phase }) => phase), ["train-step", "inference"]);
    // A busy machine gives either side any one of few samples a slow spell.
    for (const { median } of ratios) assert(median > 0.05 && median < 20, `${median}`);
  }));
