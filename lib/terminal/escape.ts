/**
 * Text from files, made harmless.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that no XML may hold. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** A text that an SVG file may hold, whatever a label says. */
export function legalXml(text: string): string {
  return text.replace(FORBIDDEN, "\ufffd");
}

/** A text as it stands in HTML, SVG and their attributes. */
export function escapeHtml(text: string): string {
  return legalXml(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** A value as JSON that no `script` element ends in. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** Characters that a terminal takes for orders: those of C0 and C1, and what turns the direction of writing. */
// deno-lint-ignore no-control-regex
const ORDERS = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** A text as a terminal may show it, whatever file it is from: what would be an order is its number. */
export function visible(text: string): string {
  return text.replace(ORDERS, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
}
