import { assert, assertEquals, assertThrows } from "@std/assert";
import { npyTexts } from "../../lib/arrays/npy.ts";
import { npzBytes } from "../../lib/arrays/npz.ts";
import type { Method } from "../../lib/exec/methods.ts";
import type { Network, StateEntry } from "../../lib/exec/network.ts";
import type { EoqRecipe } from "../../lib/exec/recipe.ts";
import type { Trained } from "../../lib/export/format.ts";
import { writeNpz } from "../../lib/export/npz.ts";
import { writeSafetensors } from "../../lib/export/safetensors.ts";
import { openLibrary } from "../../lib/native/library.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import type { Checkpoint } from "../../lib/train/checkpoint.ts";
import { SMALL_PLANS } from "../exec/plans.ts";
import { sampleConfig } from "../train/config.ts";
import { trained } from "./networks.ts";
import { loadNpz } from "./reader/npz.ts";
import { loadSafetensors } from "./reader/safetensors.ts";

/** A value of each parameter by name, in steps of 1. */
type Values = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>;

const NAMES = ["none", "é", 'two "words"', "x"];

async function withTrained(
  run: { readonly plan: Plan; readonly method: Method; readonly recipe?: Partial<EoqRecipe> },
  check: (exported: Trained, network: Network) => Promise<void>,
): Promise<void> {
  using library = await openLibrary({ threads: 1 });
  const network = trained(library, run);
  try {
    const config = { ...sampleConfig, method: run.method, model: run.plan.model };
    const checkpoint = { config } as unknown as Checkpoint;
    const classNames = run.plan.classes === NAMES.length ? NAMES : undefined;
    await check({ checkpoint, network, library, classNames, weightsSha256: "abc", version: "1.2" }, network);
  } finally {
    network.close();
  }
}

const ELEMENTS = { int8: Int8Array, int16: Int16Array, int32: Int32Array, fp32: Float32Array } as const;

function elementsOf({ type, bytes }: StateEntry): number[] {
  return [...new ELEMENTS[type as keyof typeof ELEMENTS](bytes.slice().buffer)];
}

/** What the state comes to, scalars by where they stand: those that a plan's layers name, in their order. */
function expected(network: Network, plan: Plan, method: Method): Values {
  const values = new Map<string, { shape: readonly number[]; values: number[] }>();
  const isInteger = method === "eoq" || method === "wageubn";
  for (const entry of network.state()) {
    const { name, weights, shape, exponent } = entry, scale = isInteger ? 2 ** exponent : 1;
    if (!weights || name.endsWith(".fraction")) continue;
    if (name !== "scalars") values.set(name, { shape, values: elementsOf(entry).map((q) => q * scale) });
    else {
      const all = elementsOf(entry), scalars: [name: string, count: number, exponent: number][] = [];
      if (method !== "wageubn") {
        for (const layer of plan.layers) {
          if (layer.kind === "conv") scalars.push([`${layer.conv.name}.bias_out`, 1, -14]);
          if (layer.kind === "average-pool") scalars.push(["average-pool.bias", 1, -14]);
          if (layer.kind !== "block") continue;
          for (const { name } of layer.block.convs) {
            scalars.push([`${name}.bias_in`, 1, -14], [`${name}.bias_out`, 1, -14]);
          }
        }
      }
      if (isInteger) scalars.push(["classifier.bias", plan.classes, -14]);
      for (const layer of plan.layers) {
        if (layer.kind === "block" && method !== "wageubn") scalars.push([`${layer.block.name}.scale`, 1, -13]);
      }
      for (const [name, count, exponent] of scalars) {
        const own = all.splice(0, count).map((q) => isInteger ? q * 2 ** exponent : q);
        values.set(name, { shape: name === "classifier.bias" ? [count] : [], values: own });
      }
      assertEquals(all, []);
    }
  }
  return values;
}

function assertSame(got: Values, want: Values, name: string): void {
  assertEquals([...got.keys()].sort(), [...want.keys()].sort(), name);
  for (const [key, value] of want) assertEquals(got.get(key), value, `${name}: ${key}`);
}

for (const method of ["eoq", "wageubn", "fixup-fp32", "bn-fp32"] as const) {
  Deno.test(`npz and safetensors: every parameter of ${method} by its name and with its value`, async () => {
    for (const plan of SMALL_PLANS) {
      await withTrained({ plan, method, recipe: { weightBits: 24 } }, async (exported, network) => {
        const want = expected(network, plan, method);
        const [npz] = await writeNpz(exported), arrays = loadNpz(npz!.bytes);
        const fromNpz = new Map([...arrays].flatMap(([name, { type, shape, values }]) => {
          if (type === "text" || name.endsWith(".exponent")) return [];
          const exponent = Number(arrays.get(`${name}.exponent`)?.values[0] ?? 0);
          return [[name, { shape, values: values.map((q) => Number(q) * 2 ** exponent) }] as const];
        }));
        assertSame(fromNpz, want, `${plan.model}, npz`);
        const [safe] = await writeSafetensors(exported), { metadata, tensors } = loadSafetensors(safe!.bytes);
        const exponents = JSON.parse(metadata.exponents ?? "{}");
        const fromSafe = new Map(
          [...tensors].map(([name, { shape, values }]) =>
            [name, { shape, values: values.map((q) => q * 2 ** (exponents[name] ?? 0)) }] as const
          ),
        );
        assertSame(fromSafe, want, `${plan.model}, safetensors`);
        const classes = arrays.get("classes")!, about = JSON.parse(String(arrays.get("about")!.values[0]));
        const names = plan.classes === NAMES.length ? NAMES : Array.from({ length: plan.classes }, (_, i) => String(i));
        assertEquals([classes.shape, classes.values], [[names.length], names]);
        const { exponents: _, classes: inText, ...rest } = metadata;
        assertEquals([JSON.parse(inText!), rest], [names, about]);
        assertEquals([about.method, about.model, about.weights_sha256], [method, plan.model, "abc"]);
        assertEquals(about.image, `${plan.height}x${plan.width}x${plan.channels}`);
      });
    }
  });
}

Deno.test("npz: an archive that 32 bits cannot say is refused", () => {
  const text = npyTexts("");
  assertThrows(() => npzBytes(new Array(2 ** 16).fill(["a", text])), RangeError, "more than");
  assert(loadNpz(npzBytes([])).size === 0);
});
