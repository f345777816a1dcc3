import { assertEquals } from "@std/assert";
import { parseReport } from "../mod.ts";
import { eoq, PERMISSIONS, withFolder } from "./eoq.ts";

const MOD = new URL("../mod.ts", import.meta.url);
const CONFIG = decodeURIComponent(new URL("../deno.json", import.meta.url).pathname);

/** The code in mod.ts's own documentation. */
async function example(): Promise<string> {
  const comment = (await Deno.readTextFile(MOD)).split("```")[1]!;
  const lines = comment.split("\n").slice(1, -1).map((line) => line.replace(/^ \* ?/, ""));
  return lines.join("\n").replace('"./mod.ts"', JSON.stringify(MOD.href));
}

Deno.test("mod: its example runs and comes to what the command comes to", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/example.ts`, await example());
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--check", "--config", CONFIG, ...PERMISSIONS, `${folder}/example.ts`],
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);

    const limits = ["--epochs", "1", "--train-limit", "640", "--test-limit", "500"];
    const train = await eoq(["train", ...limits, "--batch", "64", "--json", "--out", `${folder}/out`]);
    const [result] = parseReport(JSON.parse(train.stdout)).results;
    assertEquals(new TextDecoder().decode(stdout), `${result?.testAccuracy} ${result?.weightsSha256}\n`);
  }));
