import { assertEquals } from "@std/assert";
import { path, run } from "./compile.ts";

const TILE = ["PACKED", "STORED", "SUM", "VECTOR", "GROUP", "LANES", "PIXELS_1", "PIXELS_2", "EXTREMES"];
const PACK = [...TILE, "WEIGHT", "OFFSET"];
const PLAN = [...PACK, "SOURCE", "IN_PLACE"];
const POINTS = ["POINT", "VECTOR", "POINT_ELEMENT", "POINT_GROUP"];
const WEIGHTS_TILE = ["VECTOR", "LANES", "PACKED", "SUM", "GROUP", "ELEMENTS_1", "ELEMENTS_2", "OFFSET"];
const WEIGHTS = [...WEIGHTS_TILE, "SOURCE"];
const POINTS_PACK = ["POINT", "VECTOR", "SOURCE", "LANES", "POINT_ELEMENT", "POINT_GROUP"];
const POINTS_TILE = [...POINTS_PACK, "SUM", "POINT_COUNT"];
/** The kinds of words that both arithmetics have, and the macro that takes them. */
const WORDS = ["KERNEL", "IN", "MAYBE_IN", "OUT", "MAYBE_OUT", "INOUT", "SHAPE", "INT"].map((name) => `EOQ_${name}`);
const FP32_WORDS = [...WORDS, "EOQ_FLOAT"];
const INT8_WORDS = [...WORDS, ...["MAYBE_INOUT", "UINT", "QUANTIZER", "POLICY", "GUESS"].map((name) => `EOQ_${name}`)];
const FP32 = ["KERNELS", "VECTOR", "LANES", "PIXELS_1", "PIXELS_2", "ELEMENTS_1", "ELEMENTS_2", "ADVANCE"];

/** What the file that includes a template has to define, for itself and the templates that it includes. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  "conv/tile_sizes.inc": ["PIXELS_1", "PIXELS_2"],
  "conv/tile.inc": TILE,
  "conv/pack.inc": PACK,
  "conv/plan.inc": PLAN,
  "conv/ended.inc": ["ENDED", "MEASURED"],
  "conv/points.inc": POINTS,
  "conv/points_lines.inc": ["POINT", "VECTOR"],
  "conv/points_task.inc": [...POINTS, "MOST_PRODUCTS", "EXACT_POINTS"],
  "conv/run.inc": PLAN,
  "conv/points_weights_pack.inc": POINTS_PACK,
  "conv/points_weights_tasks.inc": [...POINTS_TILE, "MOST_PRODUCTS", "GROUP", "TRANSFORM_DOTS", "RECOVERY_DOTS"],
  "conv/points_weights_tile.inc": POINTS_TILE,
  "conv/transpose_256.inc": [],
  "conv/transpose_512.inc": [],
  "conv/weights_tile.inc": WEIGHTS_TILE,
  "conv/weights_pack.inc": ["SOURCE", "PACKED", "SUM", "GROUP"],
  "conv/weights_offset.inc": ["OFFSET"],
  "conv/weights_run.inc": WEIGHTS,
  "conv/weights_tasks.inc": WEIGHTS,
  "core/peak_loop.inc": ["VECTOR", "LANES", "GROUP", "ADVANCE"],
  "core/words_as_kinds.inc": [],
  "core/words_as_members.inc": [],
  "core/words_as_text.inc": [],
  "core/words_end.inc": [],
  "fp32/batchnorm_lanes.inc": [],
  "fp32/declarations.inc": FP32_WORDS,
  "fp32/elementwise.inc": [],
  "fp32/fixup_lanes.inc": ["STEP", "FOR_EACH_TILES"],
  "fp32/simd.inc": FP32,
  "int8/batchnorm_kernels.inc": [],
  "int8/centre_kernels.inc": [],
  "int8/declarations.inc": INT8_WORDS,
  "int8/elementwise.inc": [],
  "int8/elementwise_256.inc": [],
  "int8/elementwise_512.inc": [],
  "int8/elementwise_table.inc": [],
  "int8/ended_512.inc": [],
  "int8/neon.inc": [...FP32.filter((name) => name !== "VECTOR"), "GROUP"],
  "int8/neon_fours.inc": FP32.filter((name) => name !== "VECTOR" && name !== "LANES"),
  "int8/pack_bytes.inc": ["GROUP"],
  "int8/points_256.inc": [],
  "int8/points_512.inc": [],
  "int8/simd.inc": [...FP32, "PACKED", "STORED", "GROUP", "OFFSET"],
  "int8/update_256.inc": [],
  "int8/update_512.inc": [],
  "int8/update_kernels.inc": [],
  "int8/update_vectors.inc": ["REGISTER", "REGISTER_LANES", "OF", "BITS"],
  "int8/vectors256.inc": [],
  "int8/vnni256.inc": [
    ...["DPBUSD", "DPWSSD", "ANY_REGISTER", "KERNELS"],
    ...["PIXELS_1", "PIXELS_2", "ELEMENTS_1", "ELEMENTS_2"],
  ],
  "program/all.inc": [...INT8_WORDS, "EOQ_FLOAT"],
};

/** Sizes that tiles have names for; any other macro may stand for anything. */
const VALUES: Readonly<Record<string, number>> = { PIXELS_1: 8, PIXELS_2: 4, ELEMENTS_1: 12, ELEMENTS_2: 6 };

const KERNELS = path("../../kernels/");

/** Templates whose headers a compiler has for one processor only. */
const ARCH: Readonly<Record<string, readonly string[]>> = {
  x86_64: [
    ...[
      "elementwise_256",
      "elementwise_512",
      "ended_512",
      "points_256",
      "points_512",
      "transpose_256",
      "transpose_512",
      "update_256",
      "update_512",
    ],
    ...["vectors256", "vnni256"],
  ],
};

/** What the macros are that a template complains of, where those given are defined. */
async function missing(template: string, defined: readonly string[]): Promise<{ code: number; names: string[] }> {
  const macros = defined.map((name) => `-D${name}=${VALUES[name] ?? 1}`);
  const args = ["-std=c11", "-E", "-x", "c", ...macros, KERNELS + template, "-o", "/dev/null"];
  const { code, stderr } = await run(Deno.env.get("CC") || "cc", args, { LC_ALL: "C" });
  return { code, names: [...stderr.matchAll(/error: .*\.inc needs (\w+)/g)].map(([, name]) => name!) };
}

async function templates(folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(KERNELS + folder)) {
    // Boards' start-up code is no template.
    if (`${folder}${name}` === "device/boards") continue;
    if (isDirectory) found.push(...await templates(`${folder}${name}/`));
    else if (name.endsWith(".inc")) found.push(folder + name);
  }
  return found.sort();
}

Deno.test("every template is known, with the macros that it needs", async () => {
  assertEquals(await templates(), Object.keys(NEEDS).sort());
});

for (const [template, needs] of Object.entries(NEEDS)) {
  const foreign = Object.entries(ARCH).some(([arch, names]) =>
    arch !== Deno.build.arch && names.some((name) => template.endsWith(`/${name}.inc`))
  );
  Deno.test({
    name: `${template} names a macro that is missing`,
    ignore: foreign,
    fn: async () => {
      assertEquals(await missing(template, needs), { code: 0, names: [] });
      for (const name of needs) {
        const { code, names } = await missing(template, needs.filter((each) => each !== name));
        assertEquals([code === 0, [...new Set(names)]], [false, [name]]);
      }
    },
  });
}
