import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { loadDataset } from "../../lib/data/datasets.ts";
import { findFolder, requireFolder } from "../../lib/data/store.ts";
import { UserError } from "../../lib/errors.ts";
import { storeFolder } from "../../lib/package/user_folders.ts";
import { withFolder } from "../eoq.ts";
import { CIFAR10 } from "../../lib/data/cifar.ts";
import { writeCifarFolder } from "./cifar_files.ts";

/** Runs with these variables and no others of the three. */
async function withVariables(variables: Record<string, string>, run: () => unknown): Promise<void> {
  const names = ["EOQ_DATA", "XDG_DATA_HOME", "HOME"];
  const before = names.map((name): [string, string | undefined] => [name, Deno.env.get(name)]);
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  for (const name of names) set(name, variables[name]);
  try {
    await run();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

Deno.test("store: the user's variable, then XDG's, then the home folder", async () => {
  const all = { EOQ_DATA: "/own", XDG_DATA_HOME: "/xdg", HOME: "/home/me" };
  await withVariables(all, () => assertEquals(storeFolder(), "/own"));
  await withVariables({ ...all, EOQ_DATA: "" }, () => assertEquals(storeFolder(), "/xdg/eoq"));
  await withVariables({ HOME: "/home/me" }, () => assertEquals(storeFolder(), "/home/me/.local/share/eoq"));
  await withVariables({}, () => void assertThrows(storeFolder, UserError, "set EOQ_DATA"));
});

Deno.test("store: a dataset that is not there says how to get it, one that is there is loaded", () =>
  withFolder((folder) =>
    withVariables({ EOQ_DATA: folder }, async () => {
      const cure = "eoq data get cifar10, or name its folder with --data DIR";
      await assertRejects(() => requireFolder("cifar10"), UserError, cure);
      await assertRejects(() => loadDataset("cifar10"), UserError, cure);
      await writeCifarFolder(CIFAR10, `${folder}/cifar10`, 1, 2);
      assertEquals(await findFolder("cifar10"), `${folder}/cifar10`);
      const { train, test } = await loadDataset("cifar10");
      assertEquals([train.count, test.count], [5, 2]);
    })
  ));
