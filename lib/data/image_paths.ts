/**
 * The image files that a user names: files, folders with all that is below
 * them, or paths that come in line by line.
 *
 * @module
 */

import { UserError } from "../errors.ts";
import { entriesOf, IMAGE } from "./image_folder.ts";

/** Where paths come from, and what is told of those that are none. */
export interface ImagePathOptions {
  /** The lines that `-` stands for. */
  readonly lines: () => AsyncIterable<string>;
  /** Told in a line of a folder in which files are no images. */
  readonly onLeftOut: (line: string) => void;
}

/** The images in a folder and those below it, in the order of their names; links to folders are not followed. */
function* imagesIn(folder: string, leftOut: { files: number }): Generator<string> {
  for (const { name, path, kind } of entriesOf(folder)) {
    if (kind === "file" && IMAGE.test(name)) yield path;
    else if (kind === "folder" && !Deno.lstatSync(path).isSymlink) yield* imagesIn(path, leftOut);
    else leftOut.files++;
  }
}

/** A folder, without the slashes at its end. */
function folderName(word: string): string {
  return word.replace(/(?<=.)\/+$/, "");
}

/**
 * The paths of the images that words stand for, in their order: a folder stands for the PNG and JPEG files below it,
 * `-` for the paths on standard input, any other word for itself, whether there is such a file or not.
 *
 * @throws {UserError} naming a folder that cannot be read, or has no images.
 */
export async function* imagePaths(words: readonly string[], options: ImagePathOptions): AsyncGenerator<string> {
  for (const word of words) {
    if (word === "-") {
      for await (const line of options.lines()) if (line !== "") yield line;
    } else if (await isFolder(word)) {
      const folder = folderName(word), leftOut = { files: 0 };
      let found = 0;
      for (const path of imagesIn(folder, leftOut)) {
        found++;
        yield path;
      }
      if (found === 0) throw new UserError(`${folder}: has no PNG or JPEG files`);
      const { files } = leftOut;
      if (files > 0) {
        options.onLeftOut(`${folder}: ${files} ${files === 1 ? "entry is" : "entries are"} no PNG or JPEG`);
      }
    } else yield word;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false; // whoever reads it says why
  }
}
