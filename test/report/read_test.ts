import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../lib/errors.ts";
import { readSource, readSources } from "../../lib/report/read.ts";
import { withFolder } from "../eoq.ts";
import { sources } from "../page/samples.ts";

Deno.test("source: every kind is read as it was written", () =>
  withFolder(async (folder) => {
    for (const [i, { kind, document }] of sources.entries()) {
      const file = `${folder}/${i}.json`;
      await Deno.writeTextFile(file, JSON.stringify(document));
      const source = await readSource(file, 20);
      assertEquals([source.kind, source.watts], [kind, 20]);
      assertEquals(source.document, JSON.parse(JSON.stringify(document)));
    }
  }));

Deno.test("source: what is none is refused by its name, in one line", () =>
  withFolder(async (folder) => {
    const file = `${folder}/file.json`;
    const runs = JSON.parse(JSON.stringify(sources[0]!.document));
    runs.results[1].batch = "many";
    const refused: readonly (readonly [text: string, message: string])[] = [
      ["", "is not JSON"],
      ["[1,\n2", "is not JSON"],
      ["null", "is no result of eoq"],
      ["[]", "is no result of eoq"],
      [`{"name": "eoq"}`, "is no result of eoq"],
      [`{"results": 1}`, "is not what eoq writes"],
      [JSON.stringify({ ...sources[0]!.document, schemaVersion: 2 }), "is not what eoq writes: schemaVersion: "],
      [JSON.stringify(runs), "is not what eoq writes: results[1].batch: "],
      [JSON.stringify({ ...sources[3]!.document, more: 1 }), "is not what eoq writes: "],
    ];
    for (const [text, message] of refused) {
      await Deno.writeTextFile(file, text);
      const error = await assertRejects(() => readSource(file), UserError, `${file} ${message}`);
      assertEquals(error.message.split("\n").length, 1, error.message);
    }
    await assertRejects(() => readSource(`${folder}/none`), UserError, `cannot read ${folder}/none`);
    await assertRejects(() => readSource(folder), UserError, `cannot read ${folder}`);
  }));

Deno.test("source: each file once, and watts for each or for none", async () => {
  await assertRejects(() => readSources(["a", "b", "a"]), UserError, "a is named twice");
  await assertRejects(() => readSources(["a", "b"], [1]), UserError, "--watts: 1 given for 2 files");
});
