/**
 * The colours of the page, for light and dark: apart from each other for every
 * kind of colour vision, and at least 3:1 against their ground.
 *
 * @module
 */

/** Colours by their CSS variable. */
export const PALETTE: Readonly<Record<string, { readonly light: string; readonly dark: string }>> = {
  "--ground": { light: "#ffffff", dark: "#12161c" },
  "--panel": { light: "#f5f7fa", dark: "#1b212a" },
  "--ink": { light: "#1a2028", dark: "#e8ecf1" },
  "--muted": { light: "#55606e", dark: "#a5b0bf" },
  "--rule": { light: "#dde2e8", dark: "#333c48" },
  "--link": { light: "#0a56b8", dark: "#7db4ff" },
  "--warn": { light: "#a3330a", dark: "#ffa27a" },
  "--s1": { light: "#1667c7", dark: "#69a9ff" },
  "--s2": { light: "#d1560a", dark: "#ff9a4d" },
  "--s3": { light: "#0b7f6c", dark: "#3dd1b6" },
  "--s4": { light: "#9236b0", dark: "#d494f0" },
  "--s5": { light: "#8c6d00", dark: "#e3c341" },
  "--s6": { light: "#c2255c", dark: "#ff8bb0" },
  "--s7": { light: "#4b5b70", dark: "#a9b8cc" },
  "--s8": { light: "#4f7d10", dark: "#a2d45e" },
};

/** A colour of the palette in CSS. */
export function paletteColor(name: keyof typeof PALETTE & string): string {
  return `var(${name})`;
}

/** The n-th colour of series, from 0; they come round again. */
export function seriesColor(index: number): string {
  return paletteColor(`--s${index % 8 + 1}`);
}

/** Attributes that hold a colour. */
const PAINTED = ["fill", "stroke", "color"];

/** Rules that turn a drawing's colours of the light page into those of the dark one, where the viewer is dark. */
function darkRules(svg: string): string {
  const rules = Object.values(PALETTE).flatMap(({ light, dark }) =>
    PAINTED.filter((name) => svg.includes(` ${name}="${light}"`)).map((name) => `[${name}="${light}"]{${name}:${dark}}`)
  );
  return `@media (prefers-color-scheme:dark){${rules.join("")}}`;
}

/**
 * A drawing that needs no stylesheet: its colours are those of the light page,
 * and of the dark one in a dark viewer that knows media queries.
 *
 * @param svg An SVG element.
 */
export function withOwnColors(svg: string): string {
  const light = svg.replaceAll(/var\((--[a-z0-9]+)\)/g, (whole, name) => PALETTE[name]?.light ?? whole);
  return light.replace(/^<svg[^>]*>/, (open) => `${open}<style>${darkRules(light)}</style>`);
}
