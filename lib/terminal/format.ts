/**
 * Numbers as people read them; the JSON has them exact.
 *
 * @module
 */

const PREFIXES = ["", " k", " M", " G", " T"];

/** Four significant digits with a decimal prefix: 37,512,345 is `37.51 M`. */
export function formatCount(value: number): string {
  let index = 0;
  while (Number(value.toPrecision(4)) >= 1000 && index < PREFIXES.length - 1) {
    value /= 1000;
    index++;
  }
  return `${Number(value.toPrecision(4))}${PREFIXES[index]}`;
}

const SMALL_PREFIXES = ["", "m", "u", "n", "p", "f"];

/** Four significant digits of a physical unit with its prefix: 0.0000123 joules is `12.3 uJ`. */
export function formatSi(value: number, unit: string): string {
  if (value >= 1) {
    const text = formatCount(value);
    return `${text}${text.includes(" ") ? "" : " "}${unit}`;
  }
  let index = 0;
  while (value !== 0 && Number(value.toPrecision(4)) < 1 && index < SMALL_PREFIXES.length - 1) {
    value *= 1000;
    index++;
  }
  return `${Number(value.toPrecision(4))} ${SMALL_PREFIXES[index]}${unit}`;
}

/** A rate per second: whole with separators from 100 on, three digits below. */
export function formatRate(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}

/** A fraction in percent with two decimals: 0.98312 is `98.31 %`. */
export function formatPercent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}

/** Whole seconds as `m:ss`, from an hour on as `h:mm:ss`. */
export function formatDuration(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** How many of what: `1 plot`, `2 plots`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A text whose first letter is a capital. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A shape of an image as 32x32x3. */
export function shapeText(
  shape: { readonly height: number; readonly width: number; readonly channels: number },
): string {
  return `${shape.height}x${shape.width}x${shape.channels}`;
}
