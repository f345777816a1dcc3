import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import sharp from "sharp";
import { rowWriter } from "../../lib/commands/predicting/rows.ts";
import { Model } from "../../lib/model/model.ts";
import { openLibrary } from "../../lib/native/library.ts";
import { assertRefused, CLI, eoq, PERMISSIONS, withFolder } from "../eoq.ts";
import { checkpointOf, MNIST } from "../model/trained.ts";

const TESTED = 40;

const png = (i: number) =>
  sharp(MNIST.test.image(i), { raw: { width: 28, height: 28, channels: 1 } }).toColourspace("b-w").png().toBuffer();

interface Digits {
  readonly folder: string;
  readonly checkpoint: string;
  /** Images of the run that the checkpoint classifies rightly. */
  readonly correct: number;
  readonly env: Record<string, string>;
}

/** A checkpoint, and the first test images as files that sort in their order. */
function withDigits(test: (digits: Digits) => Promise<void>) {
  return withFolder(async (folder) => {
    using library = await openLibrary();
    const checkpoint = `${folder}/eoq.checkpoint`;
    const { evaluation } = await checkpointOf(library, "eoq", checkpoint, TESTED);
    await Deno.mkdir(`${folder}/digits`);
    for (let i = 0; i < TESTED; i++) await Deno.writeFile(`${folder}/digits/${100 + i}.png`, await png(i));
    await test({ folder, checkpoint, correct: evaluation.correct, env: { EOQ_LIB: library.built.path } });
  });
}

/** Runs `eoq` with something on its standard input. */
async function eoqReading(input: string, args: string[], env: Record<string, string>) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...PERMISSIONS, CLI, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("predict: files are what the run was tested on, and a folder, names and lines come to the same rows", () =>
  withDigits(async ({ folder, checkpoint, correct, env }) => {
    const paths = Array.from({ length: TESTED }, (_, i) => `${folder}/digits/${100 + i}.png`);
    const predict = async (...words: string[]) => {
      const { code, stdout, stderr } = await eoq(["predict", checkpoint, ...words, "--json", "--top", "10"], { env });
      assertEquals([code, stderr], [0, ""]);
      return stdout;
    };
    const whole = await predict(`${folder}/digits`);
    const rows = whole.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(rows.map(({ image }) => image), paths);
    assertEquals(rows.filter(({ top }, i) => top[0].name === String(MNIST.test.labels[i])).length, correct);
    assert(correct > TESTED / 2, `${correct}: nothing was learnt`);
    using library = await openLibrary();
    using model = await Model.open(library, checkpoint);
    rows.forEach(({ top }: { top: { name: string; probability: number }[] }, i) => {
      const [{ probabilities }] = model.predict(MNIST.test.image(i)) as [ReturnType<Model["predict"]>[0]];
      for (const { name, probability } of top) assertEquals(probability, probabilities[Number(name)]);
      assertEquals(top.map(({ probability }) => probability), probabilities.toSorted((a, b) => b - a));
      assertAlmostEquals(top.reduce((sum, { probability }) => sum + probability, 0), 1, 1e-12);
    });
    assertEquals(await predict(...paths), whole);
    const lines = `${paths.join("\r\n")}\n\n${paths[0]}`;
    const read = await eoqReading(lines, ["predict", checkpoint, "-", "--json", "--top", "10"], env);
    assertEquals(read, { code: 0, stderr: "", stdout: `${whole}${whole.split("\n")[0]}\n` });
  }));

Deno.test("predict: an image that cannot be read ends it with one line, or is told and counted", () =>
  withDigits(async ({ folder, checkpoint, env }) => {
    const good = `${folder}/digits/100.png`, none = `${folder}/none.png`, broken = `${folder}/broken.png`;
    await Deno.writeFile(broken, (await png(0)).subarray(0, 90));
    const run = (...args: string[]) => eoq(["predict", checkpoint, ...args], { env });
    const stopped = await run(good, broken, good, "--csv");
    assertEquals(stopped.code, 2);
    assert(/^eoq: [^\n]*broken\.png: cannot be decoded[^\n]*\n$/.test(stopped.stderr), stopped.stderr);
    assertEquals(stopped.stdout.trimEnd().split("\n").length, 2, "the header and the image before");
    const { code, stdout, stderr } = await run(good, none, broken, good, "--on-error", "skip", "--csv");
    assertEquals([code, stdout.trimEnd().split("\n").length], [0, 3]);
    assertEquals(stderr.trimEnd().split("\n").length, 3);
    for (const word of ["none.png: no such file", "broken.png: cannot be decoded", "2 of 4 images could not be read"]) {
      assert(stderr.includes(word), stderr);
    }
    const nothing = await run(none, "--on-error", "skip");
    assertEquals([nothing.code, nothing.stdout], [2, ""]);
    assert(nothing.stderr.endsWith("eoq: no image could be read\n"), nothing.stderr);
    assertRefused(await run(none), 2, "none.png: no such file");
    assertRefused(await run(good, "--json", "--csv"), 2, "--json and --csv: give one of them");
    assertRefused(await run("-", "-"), 2, "standard input can be read once");
    assertRefused(await run("-"), 2, "no image was named");
    assertRefused(await run(), 2, "eoq predict needs IMAGE");
    assertRefused(await run(good, "--on-error", "ask"), 2, '"ask"', "stop, skip");
    assertRefused(await eoq(["predict", good, good], { env }), 2, "not an eoq checkpoint");
  }));

Deno.test("predict: another size and colours become what training had", () =>
  withDigits(async ({ folder, checkpoint, env }) => {
    const large = await sharp(await png(0)).resize(56, 56, { kernel: "nearest" }).toColourspace("srgb").png()
      .toBuffer();
    await Deno.writeFile(`${folder}/large.png`, large);
    await Deno.writeFile(`${folder}/wide.jpg`, await sharp(large).resize(90, 56).jpeg().toBuffer());
    const args = ["predict", checkpoint, `${folder}/digits/100.png`, `${folder}/large.png`, `${folder}/wide.jpg`];
    const { code, stdout, stderr } = await eoq([...args, "--json", "--top", "1"], { env });
    assertEquals([code, stderr], [0, ""]);
    const [same, larger] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line).top[0]);
    assertEquals(larger.name, same.name);
  }));

const NAMES = ["ant", "a name that is longer than twenty characters", "bee\x1b[31m"];
const PREDICTION = { label: 1, name: NAMES[1]!, probabilities: [0.25, 0.7, 0.05], logits: [0, 1, -1] };

Deno.test("predict: a row of the table fits its width, names what is likeliest, and hides no orders to terminals", () => {
  const path = `${"folder/".repeat(20)}image.png`;
  for (const width of [40, 80, 100, Infinity]) {
    const { header, row } = rowWriter(NAMES, { format: "table", top: 5, width });
    const line = row(path, PREDICTION);
    if (width < Infinity) {
      assert(line.length <= Math.max(width, 44), line);
      assert(line.endsWith("image.png") && line.includes("..."), line);
    } else assert(line.endsWith(path), line);
    assert(line.startsWith("a name that is lo...   70.00 %  "), line);
    assert(header.startsWith("class                   likely  "), header);
    assert(!line.includes("\x1b"));
  }
});

Deno.test("predict: comma-separated values are exact and quoted, and no more classes than there are", () => {
  const { header, row } = rowWriter(NAMES, { format: "csv", top: 9, width: 80 });
  assertEquals(header, "image,class 1,probability 1,class 2,probability 2,class 3,probability 3");
  assertEquals(row('a,"b".png', PREDICTION), `"a,""b"".png",${NAMES[1]},0.7,ant,0.25,${NAMES[2]},0.05`);
  const json = rowWriter(["no", "yes"], { format: "json", top: 1, width: 80 });
  const even = { label: 0, name: "no", probabilities: [0.5, 0.5], logits: [1, 1] };
  assertEquals(JSON.parse(json.row("x", even)), { image: "x", top: [{ name: "no", probability: 0.5 }] });
});
