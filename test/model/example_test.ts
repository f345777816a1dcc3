import { assertEquals, assertMatch } from "@std/assert";
import { openLibrary } from "../../lib/native/library.ts";
import { loadCheckpoint } from "../../lib/train/checkpoint_files.ts";
import { PERMISSIONS, withFolder } from "../eoq.ts";
import { checkpointOf } from "./trained.ts";

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

Deno.test("model: the example of its documentation runs", () =>
  withFolder(async (folder) => {
    using library = await openLibrary();
    await checkpointOf(library, "eoq", `${folder}/eoq.checkpoint`, 10);
    const comment = (await Deno.readTextFile(at("lib/model/model.ts"))).split("```")[1]!;
    const lines = comment.split("\n").slice(1, -1).map((line) => line.replace(/^ \* ?/, "")).join("\n");
    const code = lines.replace('"./mod.ts"', JSON.stringify(at("mod.ts").href)).replaceAll('"results/', `"${folder}/`);
    await Deno.writeTextFile(`${folder}/example.ts`, code);
    const config = decodeURIComponent(at("deno.json").pathname);
    const { code: status, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--check", "--config", config, ...PERMISSIONS, `${folder}/example.ts`],
      env: { NO_COLOR: "1", EOQ_LIB: library.built.path },
    }).output();
    assertEquals([status, new TextDecoder().decode(stderr)], [0, ""]);
    assertMatch(new TextDecoder().decode(stdout), /^\d \[/);
    assertEquals((await loadCheckpoint(`${folder}/learnt.checkpoint`)).learnt, { steps: 1, images: 1 });
  }));
