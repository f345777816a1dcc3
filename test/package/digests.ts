/**
 * Digests of the files that the package holds beside its modules. Run as a
 * program it writes them to lib/package/digests.json.
 *
 * @module
 */

import { packageFiles, packageText } from "../../lib/package/files.ts";
import { sha256Text } from "../../lib/package/sha256.ts";

const FOLDERS = ["bench/peers/", "kernels/", "lib/export/html/page/"];

/** SHA-256 of each file in hex, by its path. */
export async function digests(): Promise<Record<string, string>> {
  const paths = (await Promise.all(FOLDERS.map(packageFiles))).flat().filter((path) =>
    /\.(c|h|inc|py|js|css|html)$/.test(path)
  );
  const entries = paths.map(async (path) => [path, await sha256Text(await packageText(path))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

if (import.meta.main) {
  const text = JSON.stringify(await digests(), null, 2) + "\n";
  await Deno.writeTextFile(new URL("../../lib/package/digests.json", import.meta.url), text);
}
