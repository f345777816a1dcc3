import { assertEquals } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import { writeImageFolder } from "../data/image_files.ts";
import { assertRefused, beforeBudgetWarning, eoq, withFolder } from "../eoq.ts";

Deno.test("folder: a run trains on image files, and its checkpoint finds them again", () =>
  withFolder(async (folder) => {
    const data = `${folder}/images`, out = `${folder}/out`;
    await writeImageFolder(data, ["ant", "bee", "cat"], { train: 4, test: 2 });
    using library = await openLibrary();
    const env = { EOQ_CACHE: `${folder}/cache`, EOQ_LIB: library.built.path };
    const train = [
      "train",
      "--dataset",
      "folder",
      "--data",
      data,
      "--epochs",
      "1",
      "--batch",
      "5",
      "--out",
      out,
      "--json",
    ];
    assertRefused(await eoq(train, { env }), 2, "--image-size N");
    const trained = await eoq([...train, "--image-size", "8"], { env });
    assertEquals([trained.code, beforeBudgetWarning(trained.stderr)], [0, ""]);
    const { config, results: [result] } = JSON.parse(trained.stdout);
    assertEquals([config.imageSize, config.trainImages, config.testImages], [8, 12, 6]);

    const evaluated = await eoq(["eval", `${out}/eoq.checkpoint`, "--json"], { env });
    assertEquals([evaluated.code, evaluated.stderr], [0, ""]);
    assertEquals(JSON.parse(evaluated.stdout).results[0].testAccuracy, result.testAccuracy);
  }));
