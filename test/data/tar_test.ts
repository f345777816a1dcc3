import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { untar } from "../../lib/data/tar.ts";
import { RunError } from "../../lib/errors.ts";
import { withFolder } from "../eoq.ts";
import { fileBytes } from "./file_server.ts";
import { tarBytes } from "./tar_files.ts";

/** The bytes in chunks of these sizes, over and over. */
async function* chunked(bytes: Uint8Array<ArrayBuffer>, sizes: readonly number[]) {
  for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]!) {
    yield await Promise.resolve(bytes.subarray(at, at + sizes[i % sizes.length]!));
  }
}

/** Names, sizes and contents; only the contents that `read` names are read. */
async function listed(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>, read = (_name: string) => true) {
  const entries: [string, number, number[]][] = [];
  for await (const { name, size, content } of untar(chunks)) {
    entries.push([name, size, read(name) ? (await Array.fromAsync(content)).flatMap((chunk) => [...chunk]) : []]);
  }
  return entries;
}

Deno.test("tar: files come back whatever the chunks, read or skipped", async () => {
  const files = fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 1300 }), read: fc.boolean() }), {
    maxLength: 5,
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 1100 }), { minLength: 1, maxLength: 4 });
  await fc.assert(fc.asyncProperty(files, sizes, async (files, sizes) => {
    const archive = tarBytes(files.map(({ bytes }, i) => ({ name: `a/${i}`, bytes })));
    const entries = await listed(chunked(archive, sizes), (name) => files[Number(name.slice(2))]!.read);
    assertEquals(entries, files.map(({ bytes, read }, i) => [`a/${i}`, bytes.length, read ? [...bytes] : []]));
  }));
});

Deno.test("tar: folders and links are passed over, a prefix is part of the name", async () => {
  const bytes = Uint8Array.of(1, 2);
  const archive = tarBytes([
    { name: "folder/", bytes: new Uint8Array(), type: "5" },
    { name: "link", bytes: new Uint8Array(), type: "2" },
    { name: "header", bytes: fileBytes(600), type: "x" },
    { name: "old", bytes, type: "\0" },
    { name: "file", prefix: "deep/folder", bytes },
  ]);
  assertEquals(await listed(chunked(archive, [512])), [["old", 2, [1, 2]], ["deep/folder/file", 2, [1, 2]]]);
});

Deno.test("tar: an archive that ends early, and what is no archive, are errors", async () => {
  const archive = tarBytes([{ name: "file", bytes: fileBytes(700) }]);
  for (let length = 0; length < 512 + 1024 + 512; length += 100) {
    await assertRejects(() => listed(chunked(archive.slice(0, length), [300])), RunError, "ends in the middle");
  }
  const damaged = archive.with(0, 0x7a) as Uint8Array<ArrayBuffer>;
  await assertRejects(() => listed(chunked(damaged, [512])), RunError, "no tar header");
  await assertRejects(() => listed(chunked(fileBytes(2000), [512])), RunError, "no tar header");
});

for (const format of ["ustar", "gnu", "v7"]) {
  Deno.test(`tar: reads what tar --format=${format} writes`, () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/a`);
      await Deno.writeFile(`${folder}/a/one`, fileBytes(1000));
      await Deno.writeFile(`${folder}/a/two`, fileBytes(512, 2));
      const args = ["-C", folder, `--format=${format}`, "-cf", `${folder}/x.tar`, "a/one", "a/two"];
      assertEquals((await new Deno.Command("tar", { args }).output()).code, 0);
      assertEquals(await listed((await Deno.open(`${folder}/x.tar`)).readable), [
        ["a/one", 1000, [...fileBytes(1000)]],
        ["a/two", 512, [...fileBytes(512, 2)]],
      ]);
    }));
}
