/** Whether a page can be compiled here. */

const folders = (Deno.env.get("PATH") ?? "").split(":");

/** Whether clang and lld are on the path. */
export const HAS_CLANG: boolean = ["clang", "wasm-ld"].every((name) =>
  folders.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch {
      return false;
    }
  })
);
