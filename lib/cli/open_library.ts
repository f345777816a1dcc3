/**
 * The kernel library, opened for a command: who waits for it to be compiled sees
 * what for.
 *
 * @module
 */

import { buildLibrary } from "../native/build.ts";
import { type Library, type LibraryOptions, openLibrary } from "../native/library.ts";
import { WorkProgress } from "../terminal/progress.ts";
import { stderrTerminal } from "../terminal/terminal.ts";

/**
 * Opens the library; a terminal shows how its compilation stands.
 *
 * @param quiet whether nothing is to be shown.
 * @throws as {@linkcode openLibrary}.
 */
export async function openShown(options: LibraryOptions, quiet = false): Promise<Library> {
  const terminal = quiet ? undefined : stderrTerminal();
  if (terminal !== undefined) {
    let progress: WorkProgress | undefined;
    try {
      await buildLibrary("normal", (done, total) => {
        progress ??= new WorkProgress(terminal, "compiling the kernels, once", String);
        progress.update(done, total);
      });
    } finally {
      progress?.clear();
    }
  }
  return await openLibrary(options);
}
