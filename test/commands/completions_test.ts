import { assertEquals } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { METHODS } from "../../lib/exec/methods.ts";
import { eoq, withFolder } from "../eoq.ts";
import { COMPLETE, isInstalled } from "./shells.ts";

const flagsOf = (name: string) => COMMANDS.find((command) => command.name === name)!.options.map((flag) => `--${flag}`);

/** Lines, all of their candidates, and the line as it becomes where there is one alone. */
const CASES: readonly (readonly [typed: string, candidates: readonly string[], completed?: string])[] = [
  ["eoq co", ["compare", "config", "completions"]],
  ["eoq --", ["--help", "--version"]],
  ["eoq doc", ["doctor"], "eoq doctor"],
  ["eoq doctor --", flagsOf("doctor")],
  ["eoq compare --learn", ["--learning-rate"], "eoq compare --learning-rate"],
  ["eoq compare --method ", METHODS],
  ["eoq compare --method wage", ["wageubn"], "eoq compare --method wageubn"],
  ["eoq compare --method eoq,wage", ["eoq,wageubn"], "eoq compare --method eoq,wageubn"],
  ["eoq train --quiet --weights 1", ["16"], "eoq train --quiet --weights 16"],
  ["eoq train --set updateB", ["updateBits="], "eoq train --set updateBits="],
  ["eoq train --epochs ", []],
  ["eoq bench st", ["step"], "eoq bench step"],
  ["eoq summary resnet-11", ["resnet-110"], "eoq summary resnet-110"],
  ["eoq data get fash", ["fashion-mnist"], "eoq data get fashion-mnist"],
  ["eoq eval a-", ["a-file"], "eoq eval a-file"],
  ["eoq train --config a-", ["a-file"], "eoq train --config a-file"],
  ["eoq train --out b-f", ["b-folder"], "eoq train --out b-folder"],
  ["eoq report a-file b-", ["b-folder"], "eoq report a-file b-folder"],
  ["eoq report --out a-", ["a-file"], "eoq report --out a-file"],
  ["eoq diff a-", ["a-file"], "eoq diff a-file"],
  ["eoq completions zs", ["zsh"], "eoq completions zsh"],
];

/** Words in order, folders without the slash that some shells add. */
function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "").map((word) => word.replace(/[/]$/, "")).sort();
}

for (const [shell, complete] of Object.entries(COMPLETE)) {
  const name = `completions: ${shell} completes commands, options, values and paths`;
  Deno.test({ name, ignore: !isInstalled(shell) }, () =>
    withFolder(async (folder) => {
      const { code, stdout } = await eoq(["completions", shell], { permissions: ["--no-prompt"] });
      assertEquals(code, 0);
      await Deno.writeTextFile(`${folder}/script`, stdout);
      await Deno.mkdir(`${folder}/b-folder`);
      await Deno.writeTextFile(`${folder}/a-file`, "");
      const cases = shell === "zsh" ? CASES.filter(([, , completed]) => completed !== undefined) : CASES;
      const got = await complete(folder, `${folder}/script`, cases.map(([typed]) => typed));
      for (const [i, [typed, candidates, completed]] of cases.entries()) {
        const expected = shell === "zsh" ? completed! : candidates.join(" ");
        assertEquals([typed, words(got[i]!)], [typed, words(expected)]);
      }
    }));
}
