import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../lib/errors.ts";
import { ensureWritable, isFile } from "../../lib/package/atomic_files.ts";

Deno.test("files: a folder that takes files is made and left empty", async () => {
  const folder = await Deno.makeTempDir();
  await ensureWritable(`${folder}/a/b`);
  assertEquals([...Deno.readDirSync(`${folder}/a/b`)], []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("files: a folder that cannot be is named", async () => {
  const file = await Deno.makeTempFile();
  assertEquals([await isFile(file), await isFile(`${file}/a`)], [true, false]);
  await assertRejects(() => ensureWritable(`${file}/a`), UserError, `cannot write the folder ${file}/a`);
  await Deno.remove(file);
});
