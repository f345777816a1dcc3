import { assert, assertEquals } from "@std/assert";
import { MNIST_FILES } from "../../lib/data/mnist.ts";
import { idxImages, writeIdxFolder } from "../data/idx_files.ts";
import { assertRefused, eoq, type EoqOutput, withFolder } from "../eoq.ts";
import { eoqWords, MPI, mpirun, mpirunEach, program } from "./mpi.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

function words(data: string, out: string, more: readonly string[] = []): string[] {
  return [
    "train",
    "--model",
    "mlp",
    "--batch",
    "8",
    "--epochs",
    "1",
    "--threads",
    "1",
    "--data",
    data,
    "--out",
    out,
    ...more,
  ];
}

/** Asserts that the processes ended with a line of eoq's, and with no other. */
function assertEnded({ code, stderr }: EoqOutput, expected: number, line: string): void {
  assertEquals(code, expected, stderr);
  assertEquals(stderr.split("\n").filter((each) => each.startsWith("eoq: ")), [`eoq: ${line}`], stderr);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test({
  name: "ranks: one with other settings, images or sources is refused at the start, and nothing is written",
  ignore: !MPI,
  fn: () =>
    withFolder(async (folder) => {
      const [data, other, out] = [`${folder}/data`, `${folder}/other`, `${folder}/out`];
      await writeIdxFolder(data, 30, 10);
      await writeIdxFolder(other, 30, 10);
      await Deno.writeFile(
        `${other}/${MNIST_FILES.trainImages}`,
        idxImages(30, 8, 8).map((byte, i) => i === 500 ? byte ^ 1 : byte),
      );
      const first = eoqWords(words(data, out));
      assertEnded(
        await mpirunEach([first, first, eoqWords(words(data, out, ["--seed", "2"]))]),
        2,
        "rank 2 has other settings than rank 0",
      );
      // One pixel of one image is another.
      assertEnded(await mpirunEach([first, eoqWords(words(other, out))]), 2, "rank 1 has other images than rank 0");
      await copyPackage(`${folder}/package`);
      const changed = program(`${folder}/package/cli.ts`, words(data, out));
      assertEnded(await mpirunEach([first, changed]), 2, "rank 1 has other sources than rank 0");
      assert(!await isThere(`${out}/eoq.checkpoint`), "a refused run wrote a checkpoint");
      assert(!await isThere(`${out}/results.json`), "a refused run wrote results");
    }),
});

/** The package in another folder, a comment of it changed. */
async function copyPackage(to: string): Promise<void> {
  await Deno.mkdir(to);
  const parts = ["cli.ts", "deno.json", "deno.lock", "lib", "kernels"].map((name) => `${ROOT}${name}`);
  assertEquals((await new Deno.Command("cp", { args: ["-r", ...parts, to] }).output()).code, 0);
  await Deno.writeTextFile(`${to}/lib/words.ts`, "\n// Another version.\n", { append: true });
}

Deno.test({
  name: "ranks: what is wrong for all is said once, and what is wrong for one with its rank",
  ignore: !MPI,
  fn: () =>
    withFolder(async (folder) => {
      const [data, out] = [`${folder}/data`, `${folder}/out`];
      await writeIdxFolder(data, 30, 10);
      assertEnded(
        await mpirun(2, eoqWords(words(data, out, ["--seed", "x"]))),
        2,
        '--seed: "x" is not a whole number from 0 to 4294967295',
      );
      await Deno.writeTextFile(`${folder}/trace`, "earlier\n");
      assertEnded(
        await mpirun(2, eoqWords(words(data, out, ["--trace", `${folder}/trace`]))),
        2,
        `--trace: ${folder}/trace holds an earlier trace: --overwrite replaces it`,
      );
      assertEquals(await Deno.readTextFile(`${folder}/trace`), "earlier\n");
      const { code, stderr } = await mpirunEach([
        eoqWords(words(data, out)),
        eoqWords(words(`${folder}/none`, out)),
      ]);
      assertEquals(code, 2, stderr);
      assert(stderr.includes(`eoq: rank 1: --data: ${folder}/none: no such folder\n`), stderr);
    }),
});

Deno.test("ranks: without an MPI, or where Deno may not run it, the error and doctor say what to do", () =>
  withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 30, 10);
    // All that eoq runs but for MPI's compiler.
    await Deno.mkdir(`${folder}/bin`);
    for (const name of ["cc", "as", "ld"]) {
      const found = new TextDecoder().decode((await new Deno.Command("which", { args: [name] }).output()).stdout)
        .trim();
      if (found !== "") await Deno.symlink(found, `${folder}/bin/${name}`);
    }
    const args = words(`${folder}/data`, `${folder}/out`, ["--ranks", "mpi"]);
    const env = { PATH: `${folder}/bin` }, permissions = ["--allow-all"];
    assertRefused(
      await eoq(args, { env, permissions }),
      2,
      "no MPI found",
      "apt-get install openmpi-bin libopenmpi-dev",
    );
    assertRefused(await eoq(args), 2, "Deno may not run mpicc", "mpirun -n N deno run -A cli.ts");
    const doctor = await eoq(["doctor", "--data", `${folder}/data`], { env, permissions });
    assert(/^mpi +no mpicc: .*apt-get install openmpi-bin libopenmpi-dev$/m.test(doctor.stdout), doctor.stdout);
  }));

Deno.test({
  name: "ranks: with --ranks none each process is alone, and only one may write into a folder",
  ignore: !MPI,
  fn: () =>
    withFolder(async (folder) => {
      await writeIdxFolder(`${folder}/data`, 30, 10);
      const both = ["a", "b"].map((name) =>
        eoqWords(words(`${folder}/data`, `${folder}/${name}`, ["--ranks", "none"]))
      );
      const { code, stderr } = await mpirunEach(both);
      assertEquals(code, 0, stderr);
      const [a, b] = await Promise.all(["a", "b"].map((name) => Deno.readTextFile(`${folder}/${name}/results.json`)));
      const [first, second] = [a!, b!].map((text) => JSON.parse(text));
      assertEquals(first.results[0].weightsSha256, second.results[0].weightsSha256);
      assertEquals(first.environment.ranks, undefined);
    }),
});
