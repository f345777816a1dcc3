import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sha256 } from "../../lib/package/sha256.ts";
import { loadNewest } from "../../lib/train/checkpoint_files.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { differenceOf } from "../../lib/commands/training/out_folder.ts";
import { assertRefused, eoq, withFolder } from "../eoq.ts";

function withData(test: (data: string, folder: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    await writeIdxFolder(`${folder}/data`, 20, 10);
    await test(`${folder}/data`, folder);
  });
}

const RUN = ["--model", "mlp", "--batch", "10", "--epochs", "1"];

/** All files of a folder with what is in them. */
async function contents(folder: string): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await Deno.readFile(`${folder}/${name}`)])),
  );
}

const files = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("out: an earlier run is not touched unless --overwrite says so, by any command that trains", () =>
  withData(async (data, folder) => {
    const out = `${folder}/out`, own = [...RUN, "--data", data, "--out", out];
    assertEquals((await eoq(["train", ...own])).code, 0);
    const before = await contents(out);
    assertEquals(Object.keys(before), ["eoq.checkpoint", "results.json"]);
    for (const args of [["train", ...own], ["train", ...own, "--seed", "3"], ["compare", ...own]]) {
      assertRefused(await eoq(args), 2, out, "earlier run", "--resume", "--overwrite", "--out DIR");
      assertEquals(await contents(out), before);
    }
    // The results alone are work enough.
    await Deno.remove(`${out}/eoq.checkpoint`);
    assertRefused(await eoq(["train", ...own]), 2, `${out}/results.json`, "--overwrite");
    assertRefused(await eoq(["train", ...own, "--resume", "--overwrite"]), 2, "--resume and --overwrite");

    const other = await eoq(["train", ...own, "--seed", "3", "--overwrite"]);
    assertEquals(other.code, 0, other.stderr);
    assertEquals((await loadNewest(`${out}/eoq.checkpoint`))!.checkpoint.config.seed, 3);
    // Of the run before no older checkpoint is left that --resume could fall back on.
    assertEquals((await eoq([...["train", ...own].with(-5, "2"), "--seed", "4", "--overwrite"])).code, 0);
    assertEquals((await loadNewest(`${out}/eoq.checkpoint.1`))!.checkpoint.config.seed, 4);
  }));

Deno.test("out: --overwrite removes nothing where the new run is refused", () =>
  withData(async (data, folder) => {
    const out = `${folder}/out`, trace = `${folder}/out/trace.jsonl`, learnt = `${folder}/learnt`;
    const own = [...RUN, "--trace-every", "1"], base = `${out}/eoq.checkpoint`;
    assertEquals((await eoq(["train", ...own, "--data", data, "--out", out, "--trace", trace])).code, 0);
    const stream = ["learn", base, "--dataset", "mnist", "--data", data, "--images", "3"];
    assertEquals((await eoq([...stream, "--out", learnt])).code, 0);
    const digests = async (folder: string) =>
      await Promise.all(
        Object.entries(await contents(folder)).map(async ([name, bytes]) => [name, (await sha256(bytes)).toHex()]),
      );
    const before = [await digests(out), await digests(learnt)];
    assert(Deno.statSync(trace).size > 0);
    const wide = `${folder}/wide`;
    await writeIdxFolder(wide, 2, 2, 512);
    const to = ["--out", out, "--overwrite"], over = [...own, "--data", data, ...to];
    for (
      const [args, ...words] of [
        [["train", ...over, "--trace", `${folder}/no/file`], "no/file"],
        [["compare", ...over, "--trace", folder], "cannot write"],
        // Refused by the kernels, when the network is made.
        [["train", ...to, "--trace", trace, "--model", "resnet-8", "--data", wide], "resnet-8 on images of 512x512x1"],
        [["train", ...over, "--trace", trace, "--from", base, "--train", "last:9"], "--train"],
        [["train", ...over, "--from", base], "eoq.checkpoint is started from, and would be replaced"],
        [[...stream, "--out", learnt, "--overwrite", "--train", "last:9"], "last:9"],
      ] as const
    ) {
      assertRefused(await eoq(args), 2, ...words);
      assertEquals([await digests(out), await digests(learnt)], before, args.join(" "));
    }
  }));

Deno.test("out: a key that one of two configurations lacks is named by what the other has", () => {
  const differs = (its: object, ours: object) => differenceOf<{ readonly nesterov?: boolean }>(its, ours);
  assertEquals(differs({ nesterov: true }, {}), "its run has nesterov true, not none");
  assertEquals(differs({}, { nesterov: true }), "its run has no nesterov true");
  assertEquals(differs({ nesterov: true }, { nesterov: true }), undefined);
});

Deno.test("out: --resume does not end in the place of another run's results", () =>
  withData(async (data, folder) => {
    const out = `${folder}/out`, own = [...RUN, "--data", data, "--out", out];
    assertEquals((await eoq(["train", ...own])).code, 0);
    const before = await contents(out);
    const other = await eoq(["train", ...own, "--method", "bn-fp32", "--resume"]);
    assertRefused(other, 2, `${out}/results.json: cannot resume: its run has method ["eoq"], not ["bn-fp32"]`);
    await Deno.writeTextFile(`${out}/results.json`, "mine");
    assertRefused(await eoq(["train", ...own, "--resume"]), 2, `${out}/results.json: cannot resume`);
    assertEquals(await Deno.readTextFile(`${out}/results.json`), "mine");
    await Deno.writeFile(`${out}/results.json`, before["results.json"]!);
    assertEquals((await eoq(["train", ...own, "--resume"])).code, 0);
  }));

Deno.test("out: a folder in the place of a file is refused before hours of work depend on it", () =>
  withData(async (data, folder) => {
    const base = `${folder}/base`;
    assertEquals((await eoq(["train", ...RUN, "--data", data, "--out", base])).code, 0);
    const stream = ["learn", `${base}/eoq.checkpoint`, "--dataset", "mnist", "--data", data, "--images", "3"];
    for (const args of [["train", ...RUN, "--data", data], stream]) {
      for (const name of ["results.json", "eoq.checkpoint"]) {
        const out = `${folder}/${args[0]}-${name}`;
        await Deno.mkdir(`${out}/${name}/a`, { recursive: true });
        for (const more of [[], ["--resume"]]) {
          const refused = await eoq([...args, "--out", out, ...more]);
          assertRefused(refused, 2, `cannot write ${out}/${name}: it is a folder`);
          assertEquals(files(out), [name]);
        }
      }
    }
  }));

Deno.test("out: two runs never write into one folder", () =>
  withData(async (data, folder) => {
    const out = `${folder}/out`, own = ["train", ...RUN, "--data", data, "--out", out];
    await Deno.mkdir(out);
    {
      // What another process holds while it trains.
      using held = await Deno.open(`${out}/.eoq.lock`, { write: true, create: true });
      await held.lock(true);
      for (const more of [[], ["--resume"], ["--overwrite"]]) {
        assertRefused(await eoq([...own, ...more]), 2, `${out}: another run writes into this folder`);
      }
      assertEquals(files(out), [".eoq.lock"]);
    }
    // The lock of a run that was killed holds nobody up, and none is left behind.
    assertEquals((await eoq(own)).code, 0);
    assertEquals(files(out), ["eoq.checkpoint", "results.json"]);
  }));

Deno.test("out: default folders tell configurations apart, and name a plain one as ever", () =>
  withData(async (data, folder) => {
    const cwd = `${folder}/work`;
    await Deno.mkdir(cwd);
    const own = ["--model", "mlp", "--batch", "10", "--data", data];
    const folders: string[] = [];
    for (const more of [["--epochs", "1"], ["--epochs", "1", "--weights", "16"], ["--epochs", "2"]]) {
      const { code, stdout, stderr } = await eoq(["train", ...own, ...more], { cwd });
      assertEquals(code, 0, stderr);
      folders.push(/^checkpoint: (.*)\/eoq\.checkpoint$/m.exec(stdout)![1]!);
    }
    for (const each of folders) assert(/^runs\/eoq-mlp-mnist-s1-[0-9a-f]{8}$/.test(each), each);
    assertEquals(new Set(folders).size, 3);
    // The same again is the same folder.
    assertRefused(await eoq(["train", ...own, "--epochs", "1"], { cwd }), 2, folders[0]!, "earlier run");
    const compared = await eoq(["compare", ...own, "--epochs", "1", "--method", "eoq"], { cwd });
    assert(/^report: results-[0-9a-f]{8}\/results\.json$/m.test(compared.stdout), compared.stdout);
  }));

Deno.test("out: what the folder's name says already is in no hash", async () => {
  const { COMMANDS } = await import("../../lib/commands/commands.ts");
  const { parseCommandLine } = await import("../../lib/cli/command.ts");
  const { chooseConfig } = await import("../../lib/commands/training/choose_config.ts");
  const { outFolder } = await import("../../lib/commands/training/out_folder.ts");
  const folderOf = async (name: string, args: string[]) => {
    const command = COMMANDS.find((each) => each.name === name)!;
    const invocation = parseCommandLine(command, args);
    return await outFolder(command, invocation.values, await chooseConfig(invocation));
  };
  assertEquals(await folderOf("train", []), "runs/eoq-resnet-8-mnist-s1");
  const named = ["--method", "bn-fp32", "--model", "resnet-20", "--dataset", "cifar10", "--seed", "7"];
  assertEquals(await folderOf("train", named), "runs/bn-fp32-resnet-20-cifar10-s7");
  assertEquals(await folderOf("compare", []), "results");
  assertStringIncludes(await folderOf("compare", named), "results-");
  assertEquals(await folderOf("train", ["--batch", "1", "--out", "a/{seed}/{none}"]), "a/1/{none}");
});
