import { assertEquals, assertRejects } from "@std/assert";
import { imagePaths } from "../../lib/data/image_paths.ts";
import { UserError } from "../../lib/errors.ts";
import { withFolder } from "../eoq.ts";

Deno.test("image paths: files as they are named, folders in the order of names with what is below, and lines", () =>
  withFolder(async (folder) => {
    const write = async (path: string) => {
      await Deno.mkdir(`${folder}/${path.replace(/[^/]*$/, "")}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, "");
    };
    for (const path of ["b.PNG", "a/z.jpeg", "a/deep/1.jpg", "note.txt", ".hidden.png", "a/list.csv"]) {
      await write(path);
    }
    await Deno.symlink(`${folder}/a`, `${folder}/link`);
    await Deno.symlink(`${folder}/b.PNG`, `${folder}/c.png`);
    const said: string[] = [];
    const listed = (words: string[], lines: string[] = []) => {
      async function* given() {
        yield* lines;
      }
      return Array.fromAsync(imagePaths(words, { lines: given, onLeftOut: (line) => said.push(line) }));
    };
    const inside = ["a/deep/1.jpg", "a/z.jpeg", "b.PNG", "c.png"].map((name) => `${folder}/${name}`);
    assertEquals(await listed([`${folder}//`]), inside);
    // The note, the list and the link to a folder.
    assertEquals(said, [`${folder}: 3 entries are no PNG or JPEG`]);
    assertEquals(await listed(["x.txt", "-", `${folder}/a/deep`, "y"], ["one", "", "two.png"]), [
      ...["x.txt", "one", "two.png", `${folder}/a/deep/1.jpg`, "y"],
    ]);
    await Deno.mkdir(`${folder}/empty`);
    await assertRejects(() => listed([`${folder}/empty`]), UserError, `${folder}/empty: has no PNG or JPEG files`);
  }));
