import { assert, assertEquals } from "@std/assert";
import { PALETTE, withOwnColors } from "../../lib/page/charts/palette.ts";
import { drawChart } from "../../lib/page/draw.ts";
import { pageHtml } from "../../lib/page/page.ts";
import { sectionsOf } from "../../lib/page/sections.ts";
import { withFolder } from "../eoq.ts";
import { CHROMIUM, type Tab, withTab } from "./chromium.ts";
import { sources } from "./samples.ts";

if (CHROMIUM === undefined) console.warn("no chromium here: the test of eoq report in a browser is ignored");

const SIZES = [{ width: 1280, height: 800, mobile: false }, { width: 390, height: 844, mobile: true }];

/** `rgb(1, 2, 3)` as `#010203`. */
function hex(color: string): string {
  return `#${color.match(/\d+/g)!.map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
}

/** Elements of which some part lies beside the window, but for what scrolls on its own. */
const BESIDE = `[...document.querySelectorAll("body *")].filter((element) => {
  const { left, right, width } = element.getBoundingClientRect();
  const hidden = element.closest(".scroll") || element.closest(".skip") || width === 0;
  return !hidden && (right > innerWidth + 0.5 || left < -0.5);
}).map((element) => element.outerHTML.slice(0, 200))`;

/** Plots that can be seen, and texts in them that lie outside their plot or are too small to read. */
const PLOTS = `(() => {
  const seen = [...document.querySelectorAll("figure svg[role=img]")].filter((svg) => svg.getBoundingClientRect().width > 0);
  const bad = seen.flatMap((svg) => {
    const box = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")].filter((text) => {
      const { left, right, top, bottom, height } = text.getBoundingClientRect();
      return height > 0 &&
        (left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1 || height < 9);
    }).map((text) => svg.closest("figure").id + ": " + text.textContent);
  });
  return { count: seen.length, bad };
})()`;

async function look(tab: Tab, url: string, size: typeof SIZES[number], mode: "light" | "dark"): Promise<void> {
  await tab.send("Emulation.setDeviceMetricsOverride", { ...size, deviceScaleFactor: 1 });
  await tab.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: mode }] });
  await tab.load(url);
  const where = `${size.width} pixels, ${mode}`;
  const { innerWidth, scrollWidth } = await tab.evaluate<Record<string, number>>(
    "({ innerWidth, scrollWidth: document.documentElement.scrollWidth })",
  );
  assert(innerWidth === size.width && scrollWidth! <= innerWidth, `${where}: ${scrollWidth} of ${innerWidth}`);
  assertEquals(await tab.evaluate(BESIDE), [], where);
  const { count, bad } = await tab.evaluate<{ count: number; bad: string[] }>(PLOTS);
  const plots = sectionsOf(sources).flatMap(({ figures }) => figures).filter(({ plot }) => plot !== undefined).length;
  assertEquals([count, bad], [plots, []], where);
  const ground = await tab.evaluate<string>("getComputedStyle(document.body).backgroundColor");
  assertEquals(hex(ground), PALETTE["--ground"]![mode], where);
}

/** The first stop of the keyboard leads past the links to the results; tables that scroll can be reached. */
async function walk(tab: Tab): Promise<void> {
  const press = async (key: string) => {
    const codes: Record<string, number> = { Tab: 9, Enter: 13 };
    const event = { key, code: key, windowsVirtualKeyCode: codes[key], ...(key === "Enter" && { text: "\r" }) };
    for (const type of ["keyDown", "keyUp"]) await tab.send("Input.dispatchKeyEvent", { type, ...event });
  };
  await press("Tab");
  assertEquals(await tab.evaluate("document.activeElement.textContent"), "Skip to the results");
  assert(await tab.evaluate("document.activeElement.getBoundingClientRect().left >= 0"));
  await press("Enter");
  assertEquals(await tab.evaluate("document.activeElement.id"), "main");
  await press("Tab");
  assertEquals(await tab.evaluate("document.activeElement.tagName"), "SUMMARY");
}

/** Colours that a drawing paints with, and texts of it that lie outside. */
const DRAWING = `(() => {
  const box = document.documentElement.getBoundingClientRect();
  const elements = [...document.querySelectorAll("text, tspan, path, line, rect, circle")];
  const paint = elements.map(getComputedStyle).flatMap(({ fill, stroke }) => [fill, stroke]);
  const beside = [...document.querySelectorAll("text")].filter((text) => {
    const { left, right, top, bottom } = text.getBoundingClientRect();
    return left < box.left || right > box.right || top < box.top || bottom > box.bottom;
  }).map((text) => text.textContent);
  return { colors: [...new Set(paint)].filter((color) => color !== "none"), beside };
})()`;

Deno.test({
  name: "drawings in a browser: each alone has the palette's colours, light and dark",
  ignore: CHROMIUM === undefined,
  fn: () =>
    withFolder((folder) =>
      withTab(CHROMIUM!, async (tab) => {
        const file = `${folder}/drawing.svg`;
        const figures = sectionsOf(sources).flatMap(({ figures }) => figures);
        for (const { id, title, plot } of figures) {
          if (plot === undefined) continue;
          const svg = drawChart(plot.chart, { width: 900, alt: plot.alt, title });
          await Deno.writeTextFile(file, withOwnColors(svg));
          for (const mode of ["light", "dark"] as const) {
            await tab.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: mode }] });
            await tab.load(`file://${file}`);
            const { colors, beside } = await tab.evaluate<{ colors: string[]; beside: string[] }>(DRAWING);
            const known = Object.values(PALETTE).map((each) => each[mode]);
            assertEquals(colors.map(hex).filter((color) => !known.includes(color)), [], `${id}, ${mode}`);
            assert(colors.map(hex).includes(PALETTE["--ground"]![mode]), `${id}, ${mode}`);
            assertEquals(beside, [], id);
          }
        }
        assertEquals(tab.complaints, []);
      })
    ),
});

Deno.test({
  name: "page in a browser: no request, no complaint, nothing beside the window, light and dark, at both sizes",
  ignore: CHROMIUM === undefined,
  fn: () =>
    withFolder((folder) =>
      withTab(CHROMIUM!, async (tab) => {
        const file = `${folder}/report.html`;
        await Deno.writeTextFile(file, pageHtml(sources, sectionsOf(sources)));
        const url = `file://${file}`;
        for (const size of SIZES) {
          for (const mode of ["light", "dark"] as const) await look(tab, url, size, mode);
        }
        await walk(tab);
        assertEquals([...new Set(tab.requests)], [url, "data:,"].slice(0, new Set(tab.requests).size));
        assertEquals(tab.complaints, []);
      })
    ),
});
