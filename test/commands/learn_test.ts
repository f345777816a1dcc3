import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { METHODS } from "../../lib/exec/methods.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { RandomStream } from "../../lib/random.ts";
import { readSource } from "../../lib/report/read.ts";
import { checkpointFiles, loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { writeIdxFolder } from "../data/idx_files.ts";
import { writeImageFolder } from "../data/image_files.ts";
import { assertRefused, eoq, eoqFed, eoqSignalled, withFolder } from "../eoq.ts";

/** A network that was trained on 40 images of 8x8, and a stream of 300 others. */
function withTrained(
  methods: readonly string[],
  test: (stream: string[], base: (method: string) => string, folder: string) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const data = `${folder}/data`;
    await writeIdxFolder(data, 40, 300);
    for (const method of methods) {
      const out = ["--out", `${folder}/${method}`, "--data", data];
      const { code, stderr } = await eoq(["train", "--method", method, "--epochs", "1", "--threads", "1", ...out]);
      assertEquals(code, 0, stderr);
    }
    const base = (method: string) => `${folder}/${method}/${method}.checkpoint`;
    await test(["--dataset", "mnist", "--data", data, "--rate", "0.25"], base, folder);
  });
}

async function reportOf(out: string) {
  return JSON.parse(await Deno.readTextFile(`${out}/results.json`));
}

Deno.test("learn: one stream, one weights hash, on every path, with every number of threads, at batch 1 and 5", () =>
  withTrained(["eoq"], async (stream, base, folder) => {
    using library = await openLibrary();
    const hashes: Record<string, Set<string>> = { 1: new Set(), 5: new Set() };
    for (const batch of ["1", "5"]) {
      for (
        const [isa, threads] of [["scalar", "1"], [library.isa, "1"], [library.isa, "2"]] as const
      ) {
        const out = `${folder}/${batch}-${isa}-${threads}`;
        const how = ["--batch", batch, "--isa", isa, "--threads", threads, "--out", out];
        const { code, stderr, stdout } = await eoq(["learn", base("eoq"), ...stream, ...how]);
        assertEquals([code, stderr], [0, ""]);
        const { learners: [learner] } = await reportOf(out);
        hashes[batch]!.add(learner.weightsSha256);
        assertEquals([learner.images, learner.batch, learner.learningRate], [300, Number(batch), 0.25]);
        assertStringIncludes(stdout, "300 images of mnist test\n");
        const { learnt, online } = await loadCheckpoint(`${out}/eoq.checkpoint`);
        assertEquals(learnt, { steps: 300 / Number(batch), images: 300 });
        assertEquals(online!.entries, 300);
        assertEquals((await readSource(`${out}/results.json`)).kind, "learn");
      }
    }
    assertEquals([hashes[1]!.size, hashes[5]!.size], [1, 1]);
    assert(![...hashes[1]!].some((hash) => hashes[5]!.has(hash)), "batches make no difference");
  }));

function modified(path: string): number | undefined {
  try {
    return Deno.statSync(path).mtime?.getTime();
  } catch {
    return undefined;
  }
}

Deno.test("learn: killed at random, it goes on at the right image to the weights of an unbroken run", () =>
  withTrained(["eoq", "bn-fp32"], async (stream, base, folder) => {
    const compare = ["--compare", "bn-fp32", "--compare-from", base("bn-fp32")];
    const run = ["learn", base("eoq"), ...stream, ...compare, "--batch", "3", "--threads", "1", "--rotate", "90"];
    const out = `${folder}/out`, args = [...run, "--change-at", "150", "--out", out];
    const random = new RandomStream(7, 0), entries: number[] = [];
    for (let kill = 0; kill < 4; kill++) {
      const path = `${out}/eoq.checkpoint`, before = modified(path), wait = random.below(40);
      let first: number | undefined;
      const ready = () => {
        const now = modified(path);
        if (now !== undefined && now !== before) first ??= performance.now();
        return first !== undefined && performance.now() - first >= wait;
      };
      const resume = kill === 0 ? [] : ["--resume"];
      const killed = await eoqSignalled([...args, "--checkpoint-every", "1", ...resume], "SIGKILL", ready);
      assertEquals([killed.code, killed.stderr], [137, ""]);
      entries.push((await loadCheckpoint((await checkpointFiles(path))[0]!)).online!.entries);
    }
    assert(entries.every((each, i) => i === 0 || each > entries[i - 1]!), `no progress between kills: ${entries}`);
    const resumed = await eoq([...args, "--resume"]);
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
    const whole = await eoq([...run, "--change-at", "150", "--out", `${folder}/whole`]);
    assertEquals([whole.code, whole.stderr], [0, ""]);
    const timeless = async (out: string) => {
      const { learners, skipped } = await reportOf(out);
      assertEquals(learners.length, 4);
      return [skipped, learners.map((learner: object) => ({ ...learner, imagesPerSecond: 1 }))];
    };
    assertEquals(await timeless(out), await timeless(`${folder}/whole`));
    const other = await eoq([...run, "--change-at", "151", "--out", out, "--resume"]);
    assertRefused(other, 2, "cannot resume: its run has change");
    assertRefused(await eoq(args), 2, "is of an earlier run: --resume");
  }));

/** Images of three classes, a class that nobody knows, and a file that is no image. */
async function withPhotos(
  test: (base: string, photos: string, folder: string, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await writeImageFolder(`${folder}/images`, ["ant", "bee", "cat"], { train: 4, test: 2 });
    using library = await openLibrary();
    const env = { EOQ_CACHE: `${folder}/cache`, EOQ_LIB: library.built.path };
    const data = ["--dataset", "folder", "--data", `${folder}/images`, "--image-size", "8"];
    const trained = await eoq(["train", "--model", "mlp", ...data, "--epochs", "1", "--out", `${folder}/base`], {
      env,
    });
    assertEquals(trained.code, 0, trained.stderr);
    const photos = `${folder}/photos`;
    await writeImageFolder(photos, ["ant", "bee", "cat", "dog"], { train: 5, test: 1 });
    await Deno.remove(`${photos}/test`, { recursive: true });
    await Deno.writeTextFile(`${photos}/train/bee/2.png`, "no image");
    await test(`${folder}/base/eoq.checkpoint`, `${photos}/train`, folder, env);
  });
}

Deno.test("learn: a broken image and an unknown class stop it in a line, or are skipped, named and counted", () =>
  withPhotos(async (base, photos, folder, env) => {
    const run = ["learn", base, "--data", photos, "--order", "listed", "--out", `${folder}/out`];
    const stopped = await eoq(run, { env });
    assertRefused(stopped, 2, "bee/2.png: cannot be decoded: it is neither PNG nor JPEG", "has the 7 before");
    assertEquals((await loadCheckpoint(`${folder}/out/eoq.checkpoint`)).online!.entries, 7);
    const skipped = await eoq([...run, "--on-error", "skip", "--resume"], { env });
    assertEquals(skipped.code, 0, skipped.stderr);
    const lines = skipped.stderr.trimEnd().split("\n");
    assertEquals(lines.length, 6, skipped.stderr);
    assertStringIncludes(lines[0]!, "eoq: warning: skipped: ");
    assertStringIncludes(lines[0]!, "bee/2.png: cannot be decoded");
    for (const line of lines.slice(1)) assertStringIncludes(line, 'the network knows no class "dog"');
    assertStringIncludes(skipped.stdout, "skipped: 1 broken, 5 of unknown classes");
    const report = await reportOf(`${folder}/out`);
    assertEquals([report.skipped, report.learners[0].images], [{ broken: 1, unknown: 5 }, 14]);
    await Deno.remove(`${photos}/dog`, { recursive: true });
    await Deno.remove(`${photos}/bee/2.png`);
    const clean = await eoq([...run.slice(0, -1), `${folder}/clean`], { env });
    assertEquals([clean.code, clean.stderr], [0, ""]);
    const { learners: [learner] } = await reportOf(`${folder}/clean`);
    assertEquals(learner.weightsSha256, report.learners[0].weightsSha256);
  }));

Deno.test("learn: lines on standard input are the stream that a folder in the same order is", () =>
  withPhotos(async (base, photos, folder, env) => {
    const names = ["ant", "bee", "cat"].flatMap((name) =>
      [0, 1, 3, 4].map((i) => `${photos}/${name}/${i}.png\t${name}`)
    );
    const run = ["learn", base, "--data", "-", "--out", `${folder}/lines`];
    const fed = await eoqFed(run, names.join("\r\n"), { env });
    assertEquals([fed.code, fed.stderr], [0, ""]);
    for (const name of ["ant", "bee", "cat"]) await Deno.remove(`${photos}/${name}/2.png`);
    await Deno.remove(`${photos}/dog`, { recursive: true });
    const listed = await eoq(["learn", base, "--data", photos, "--order", "listed", "--out", `${folder}/files`], {
      env,
    });
    assertEquals([listed.code, listed.stderr], [0, ""]);
    const [lines, files] = [await reportOf(`${folder}/lines`), await reportOf(`${folder}/files`)];
    assertEquals(lines.learners[0].weightsSha256, files.learners[0].weightsSha256);
    const faulty = await eoqFed(
      [...run.slice(0, -1), `${folder}/faulty`, "--on-error", "skip"],
      `no tab\n\n${names[0]}\nnowhere.png\tant\n${names[1]}\tmore\n${photos}/ant/0.png\tdog\n`,
      { env },
    );
    assertEquals(faulty.code, 0, faulty.stderr);
    assertEquals(faulty.stderr.trimEnd().split("\n").map((line) => line.replace("eoq: warning: skipped: ", "")), [
      "line 1: is not a path, a tab and a class",
      "line 2: is not a path, a tab and a class",
      "nowhere.png: no such file",
      "line 5: is not a path, a tab and a class",
      `line 6: ${photos}/ant/0.png: the network knows no class "dog"`,
    ]);
    const other = await eoqFed([...run, "--resume"], names.toReversed().join("\n"), { env });
    assertRefused(other, 2, "cannot resume: the first 12 images of the stream are not those that were learnt");
  }));

Deno.test("learn: every method learns, and what has learnt is measured and learnt on from", () =>
  withTrained(METHODS, async (stream, base, folder) => {
    for (const method of METHODS) {
      const once = ["learn", base(method), ...stream, "--images", "20", "--out", `${folder}/once-${method}`];
      const first = await eoq(once);
      assertEquals([first.code, first.stderr], [0, ""]);
      const path = `${folder}/once-${method}/${method}.checkpoint`;
      const evaluated = await eoq(["eval", path]);
      assertEquals([evaluated.code, evaluated.stderr], [0, ""]);
      assertStringIncludes(evaluated.stdout, "and 20 images that it learnt from since\n");
      const again = await eoq(["learn", path, ...stream, "--images", "5", "--out", `${folder}/twice-${method}`]);
      assertEquals([again.code, again.stderr], [0, ""]);
      const { learnt, online } = await loadCheckpoint(`${folder}/twice-${method}/${method}.checkpoint`);
      assertEquals([learnt, online!.entries], [{ steps: 25, images: 25 }, 5]);
    }
  }));

Deno.test("learn: layers that are frozen stay as they are, through a resume, and need less memory", () =>
  withTrained(["eoq", "bn-fp32"], async (stream, base, folder) => {
    const compare = ["--compare", "bn-fp32", "--compare-from", base("bn-fp32"), "--threads", "1"];
    const run = ["learn", base("eoq"), ...stream, ...compare, "--train", "classifier"];
    const whole = await eoq([...run, "--images", "60", "--out", `${folder}/whole`]);
    assertEquals([whole.code, whole.stderr], [0, ""]);
    assertStringIncludes(whole.stdout, "eoq, batch 1, classifier ");
    const part = await eoq([...run, "--images", "25", "--out", `${folder}/part`]);
    assertEquals([part.code, part.stderr], [0, ""]);
    const resumed = await eoq([...run, "--images", "60", "--out", `${folder}/part`, "--resume"]);
    assertEquals([resumed.code, resumed.stderr], [0, ""]);
    const hashes = async (out: string) =>
      (await reportOf(out)).learners.map(({ weightsSha256 }: { weightsSha256: string }) => weightsSha256).slice(0, 3);
    assertEquals(await hashes(`${folder}/part`), await hashes(`${folder}/whole`));
    const weights = async (path: string) => {
      const { entries } = await loadCheckpoint(path);
      return new Map(entries.filter(({ weights }) => weights).map(({ name, bytes }) => [name, bytes]));
    };
    const before = await weights(base("eoq")), after = await weights(`${folder}/whole/eoq.checkpoint`);
    const changed = [...before].filter(([name, bytes]) => `${bytes}` !== `${after.get(name)}`).map(([name]) => name);
    assertEquals(changed, ["classifier.weights", "scalars"]);
    const all = await eoq(["learn", base("eoq"), ...stream, "--images", "5", "--out", `${folder}/all`]);
    assertEquals([all.code, all.stderr], [0, ""]);
    const [few, many] = [await reportOf(`${folder}/whole`), await reportOf(`${folder}/all`)];
    assert(few.learners[0].bytes.activations < many.learners[0].bytes.activations);
    const other = [...run.slice(0, -1), "last:99", "--out", `${folder}/other`];
    assertRefused(await eoq(other), 2, "last:99: resnet-8 has");
  }));

Deno.test("learn: what it cannot do with its options is said in a line", () =>
  withTrained(["eoq", "bn-fp32"], async ([, , , data], base, folder) => {
    const refused = async (args: readonly string[], ...words: string[]) =>
      assertRefused(await eoq(["learn", base("eoq"), "--out", `${folder}/out`, ...args]), 2, ...words);
    const mnist = ["--dataset", "mnist", "--data", data!];
    await refused([], "needs images: --data DIR, --data - or --dataset NAME");
    await refused(["--data", folder, "--split", "train"], "--split: is of a --dataset");
    await refused(["--data", "-", "--seed", "2"], "--seed: standard input has one order");
    await refused([...mnist, "--order", "listed", "--seed", "2"], "--seed: is of the seeded order");
    await refused([...mnist, "--only", "3,ten"], '--only: the network knows no class "ten"');
    await refused([...mnist, "--rotate", "45"], 'unknown value of --rotate "45"');
    await refused([...mnist, "--shift", "8"], "--shift: 8,8 leaves nothing of an image of 8x8 pixels");
    await refused([...mnist, "--shift", "1,x"], '--shift: "1,x" is not ROWS or ROWS,COLUMNS');
    await refused([...mnist, "--change-at", "5"], "--change-at: needs --rotate or --shift");
    await refused([...mnist, "--statistics", "running"], "--statistics: eoq has no statistics to keep");
    await refused([...mnist, "--compare", "bn-fp32"], "--compare: needs --compare-from FILE");
    await refused([...mnist, "--compare-from", base("bn-fp32")], "--compare-from: needs --compare METHOD");
    const from = (path: string) => [...mnist, "--compare", "bn-fp32", "--compare-from", path];
    await refused(from(base("eoq")), "is of eoq, not bn-fp32");
    const over = ["learn", base("eoq"), "--out", `${folder}/eoq`, ...mnist, "--overwrite"];
    assertRefused(await eoq(over), 2, "eoq.checkpoint is learnt from, and would be replaced");
    await refused([...mnist, "--resume", "--overwrite"], "--resume and --overwrite");
    const short = ["--images", "20", "--method", "bn-fp32", "--data", data!, "--out", `${folder}/short`];
    assertEquals((await eoq(["train", ...short])).code, 0);
    await refused(from(`${folder}/short/bn-fp32.checkpoint`), "is no baseline: its run has images 20, not 40");
    const { code, stderr } = await eoq(["learn", base("eoq"), "--out", `${folder}/out`, ...mnist, "--resume"]);
    assertEquals(code, 0);
    assertEquals(stderr, `eoq: --resume: ${folder}/out has no checkpoint, starting from the beginning\n`);
  }));
