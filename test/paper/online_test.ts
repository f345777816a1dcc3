import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { online } from "../../lib/paper/online.ts";
import { ONLINE_BUDGETS } from "../../lib/report/scale.ts";
import { paperReportSchema } from "../../lib/report/paper.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { eoq, withFolder } from "../eoq.ts";

Deno.test("online: both networks at batch 1 and 32, each method after 1,000, 10,000 and 60,000 images", () => {
  const { places } = online(ONLINE_BUDGETS.small, ["bn-fp32", "eoq"]);
  const points = [1000, 10_000, 60_000];
  const expected = ["lenet", "resnet-8"].flatMap((model) =>
    [1, 32].flatMap((batch) =>
      ["bn-fp32", "eoq"].flatMap((method) => points.map((images) => [model, batch, method, images]))
    )
  );
  assertEquals(places.map(({ model, batch, method, images }) => [model, batch, method, images]), expected);
  assertEquals(new Set(places.map(({ row, column }) => `${row} ${column}`)).size, places.length);
});

Deno.test("online: each cell trains on its own number of images, and is kept", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 1500, 30);
    const args = ["paper", "online", "--data", `${folder}/data`, "--model", "resnet-8", "--method", "eoq"];
    const grid = [...args, "--threads", "1", "--learning-rate", "0.5", "--out", `${folder}/out`];
    const { code, stdout, stderr } = await eoq(grid);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "resnet-8; 1000, 10000 training images; seed 1");
    const read = async () => paperReportSchema.parse(JSON.parse(await Deno.readTextFile(`${folder}/out/report.json`)));
    const { cells, complete } = await read();
    assert(complete);
    const trained = cells.map(({ command, result }) => {
      assert(result !== null && "results" in result);
      const { config, results } = result;
      assertStringIncludes(command, `--dataset mnist --data ${folder}/data --learning-rate 0.5 --batch `);
      return [config.batch, config.images, config.epochs, results[0]!.images];
    });
    const expected = [[1, 1000], [1, 10_000], [32, 1000], [32, 10_000]];
    assertEquals(trained, expected.map(([batch, images]) => [batch, images, null, images]));
    const header = stdout.split("\n").find((line) => line.startsWith("images "))!;
    assertEquals(header.split(/ {2,}/), ["images", "1,000", "10,000"]);

    assertEquals((await eoq(grid)).code, 0);
    assertEquals((await read()).cells, cells);
  }));
