import { assert, assertEquals } from "@std/assert";
import { PALETTE, seriesColor, withOwnColors } from "../../lib/page/charts/palette.ts";

/** Relative luminance (WCAG 2.2). */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

for (const mode of ["light", "dark"] as const) {
  Deno.test(`palette: ${mode} text is 4.5:1 against its ground and signs are 3:1 (WCAG AA)`, () => {
    const ground = PALETTE["--ground"]![mode];
    for (const [name, colors] of Object.entries(PALETTE)) {
      if (["--ground", "--panel", "--rule"].includes(name)) continue;
      const least = name.startsWith("--s") ? 3 : 4.5;
      assert(contrast(colors[mode], ground) >= least, `${name}: ${contrast(colors[mode], ground)}`);
    }
  });
}

Deno.test("palette: a drawing that stands alone has colours of its own, and those of the dark page for a dark viewer", () => {
  for (let i = 0; i < 9; i++) {
    const { light, dark } = PALETTE[`--s${i % 8 + 1}`]!;
    assertEquals(
      withOwnColors(`<svg id="a"><g fill="${seriesColor(i)}"/></svg>`),
      `<svg id="a"><style>@media (prefers-color-scheme:dark){[fill="${light}"]{fill:${dark}}}</style>` +
        `<g fill="${light}"/></svg>`,
    );
  }
  const lights = Object.values(PALETTE).map(({ light }) => light);
  assertEquals(new Set(lights).size, lights.length, "a colour of the light page stands for one of the dark page");
});
