import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../lib/errors.ts";
import { ensureWritable, isFile, writeAtomically, writeKeepingEarlier } from "../../lib/package/atomic_files.ts";

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

Deno.test("files: whatever is wrong with a path is the user's to mend, and leaves nothing behind", async () => {
  const folder = await Deno.makeTempDir(), file = `${folder}/file`, loop = `${folder}/loop`;
  await Deno.writeTextFile(file, "kept");
  await Deno.symlink(loop, loop);
  const long = "x".repeat(5000);
  for (const path of [file, `${file}/a`, `${folder}/a\0`, `${folder}/${long}`, `${loop}/a`, "/dev/null", "/proc/a"]) {
    await assertRejects(() => ensureWritable(path), UserError, "cannot write the folder");
  }
  for (const path of [folder, `${file}/a`, `${folder}/a\0`, `${folder}/${long}`, `${loop}/a`, "/", "/proc/a"]) {
    await assertRejects(() => writeAtomically(path, new Uint8Array(1)), UserError, "cannot write");
  }
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["file", "loop"]);
  assertEquals(await Deno.readTextFile(file), "kept");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("files: a link stays a link, and a pipe or a device what it is", async () => {
  const folder = await Deno.makeTempDir(),
    [file, link, pipe] = ["file", "link", "pipe"].map((name) => `${folder}/${name}`);
  const bytes = crypto.getRandomValues(new Uint8Array(50_000));
  await Deno.writeTextFile(file!, "earlier");
  await Deno.symlink("file", link!);
  await writeAtomically(link!, bytes);
  assert((await Deno.lstat(link!)).isSymlink);
  assertEquals(await Deno.readFile(file!), bytes);

  assert((await new Deno.Command("mkfifo", { args: [pipe!] }).output()).success);
  const read = new Deno.Command("cat", { args: [pipe!] }).output();
  await writeAtomically(pipe!, bytes);
  assertEquals((await read).stdout, bytes);
  assert((await Deno.lstat(pipe!)).isFifo);

  await writeAtomically("/dev/null", bytes);
  await writeKeepingEarlier("/dev/null", bytes, 2);
  assert((await Deno.lstat("/dev/null")).isCharDevice);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["file", "link", "pipe"]);
  await Deno.remove(folder, { recursive: true });
});
