/**
 * The page that trains a network where it is opened: one HTML file that needs
 * nothing else and may ask the network for nothing.
 *
 * @module
 */

import { packageText } from "../../package/files.ts";
import { sha256 } from "../../package/sha256.ts";
import { escapeHtml, escapeJson } from "../../terminal/escape.ts";

/** What the page knows of its network. */
export interface PageNetwork {
  /** Name of the network, which a state is held against. */
  readonly model: string;
  /** What it is, in a line. */
  readonly about: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Names of the classes in the order of the outputs. */
  readonly names: readonly string[];
  /** Whether it reads digits as MNIST has them, white on black and centred by mass. */
  readonly digits: boolean;
}

const FOLDER = "lib/export/html/page/";

/** Modules of the page, each behind those that it uses. */
const SCRIPTS = ["network.js", "progress.js", "state_file.js", "images.js", "pad.js", "app.js"];

/** Modules as one script: what they share stands in one scope. */
function bundle(modules: readonly string[]): string {
  const texts = modules.map((text) => text.replace(/^import [^;]*;\n/gm, "").replace(/^export /gm, ""));
  return `"use strict";{\n${texts.join("\n")}}\n`;
}

async function sourceOf(text: string): Promise<string> {
  return `'sha256-${(await sha256(new TextEncoder().encode(text))).toBase64()}'`;
}

/** Keys that stand for the classes, where there are no more than keys. */
function keysOf({ names }: PageNetwork): string[] {
  return names.length <= 10 ? names.map((_, i) => String(i)) : [];
}

/** The page of a network. @param module its WebAssembly, which imports nothing */
export async function pageOf(network: PageNetwork, module: Uint8Array, version: string): Promise<string> {
  const read = (name: string) => packageText(`${FOLDER}${name}`);
  const script = bundle(await Promise.all(SCRIPTS.map(read)));
  const style = await read("style.css"), body = await read("body.html");
  const policy = [
    "default-src 'none'",
    "img-src data:",
    `script-src ${await sourceOf(script)} 'wasm-unsafe-eval'`,
    `style-src ${await sourceOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const title = escapeHtml(`eoq: ${network.model}`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${
    body.replace('id="title">', () => `id="title">${title}`)
      .replace('id="lead">', () => `id="lead">${escapeHtml(network.about)}`)
      .replace(
        'id="footer">',
        () => `id="footer">Made by eoq ${escapeHtml(version)}: it trains in whole numbers alone.`,
      )
  }
<script type="application/json" id="about">${escapeJson({ ...network, keys: keysOf(network) })}</script>
<script type="text/plain" id="module">${module.toBase64()}</script>
<script>${script}</script>
</body>
</html>
`;
}
