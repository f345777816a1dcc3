import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../lib/errors.ts";
import { runGrid } from "../../lib/paper/grid.ts";
import { trainingCell } from "../../lib/paper/training_cell.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { withFolder } from "../eoq.ts";

Deno.test("training cell: a diverging run is a result, which no later grid repeats", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 60, 30);
    const shared = ["--method", "bn-fp32", "--data", `${folder}/data`, "--batch", "16", "--epochs", "20"];
    const cell = (name: string, ...more: string[]) =>
      trainingCell(
        { name, method: "bn-fp32", identity: [...shared, ...more], machine: ["--threads", "1"], work: 1 },
        folder,
      );
    const shares: number[] = [];
    const grid = () =>
      runGrid([cell("diverges", "--learning-rate", "256", "--weight-decay", "1"), cell("fine")], {
        jobs: 2,
        signal: new AbortController().signal,
        onChange: () => Promise.resolve(),
        onProgress: ({ name }, share) => name === "fine" && shares.push(share),
      });
    const [diverges, fine] = (await grid()).map(({ outcome }) => outcome);
    assert(diverges?.status === "failed", diverges?.status);
    assert(diverges.message.startsWith("bn-fp32 diverged: the loss is NaN"), diverges.message);
    assert(fine?.status === "finished", fine?.status);
    assertEquals(fine.result.results[0]!.images, 1200);
    assertEquals(shares.at(-1), 1);

    await Deno.remove(`${folder}/data`, { recursive: true }); // nothing can be trained again
    assertEquals((await grid()).map(({ outcome }) => outcome), [diverges, fine]);
    for (const name of ["fine", "diverges"]) {
      await assertRejects(cell(name, "--seed", "2").earlier, UserError, "has the result of another run");
    }
    await assertRejects(
      async () => await cell("new").run(new AbortController().signal, () => {}),
      UserError,
      `${folder}/data`,
    );
  }));
