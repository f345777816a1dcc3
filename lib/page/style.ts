/**
 * The look of the page: light and dark, screen, phone and paper.
 *
 * @module
 */

import { PALETTE } from "./charts/palette.ts";

function variables(mode: "light" | "dark"): string {
  return Object.entries(PALETTE).map(([name, colors]) => `${name}:${colors[mode]}`).join(";");
}

/** The width below which plots of the narrow kind are shown. */
export const NARROW = 720;

/** The stylesheet. */
export const STYLE = `
:root{color-scheme:light dark;${variables("light")}}
@media (prefers-color-scheme:dark){:root{${variables("dark")}}}
@media print{:root{color-scheme:light;${variables("light")}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-100vw;top:0;padding:.5rem 1rem;background:var(--ground);z-index:2}
.skip:focus{left:0}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .25rem;letter-spacing:-.02em}
.lead{color:var(--muted);margin:0}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.4rem .5rem;padding:0;margin:1.25rem 0 0}
nav a{display:block;padding:.25rem .75rem;border:1px solid var(--rule);border-radius:99px;text-decoration:none;font-size:.9rem}
nav a:hover{background:var(--panel)}
section{margin-top:3rem}
h2{font-size:1.4rem;letter-spacing:-.01em;margin:0 0 1rem;padding-bottom:.4rem;border-bottom:2px solid var(--rule)}
figure{margin:0 0 2.75rem}
h3{font-size:1.05rem;margin:0 0 .75rem;overflow-wrap:anywhere}
figure svg{display:block;max-width:100%;height:auto;font-variant-numeric:tabular-nums}
.narrow{display:none}
figcaption{color:var(--muted);font-size:.9rem;margin:.5rem 0 0;overflow-wrap:anywhere}
figcaption p{margin:0 0 .25rem;max-width:46rem}
details{margin-top:.5rem;font-size:.9rem}
summary{cursor:pointer;color:var(--link);width:fit-content}
.scroll{overflow-x:auto;margin-top:.5rem}
details .scroll{max-height:32rem;overflow-y:auto}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;line-height:1.35}
caption{text-align:left;color:var(--muted);padding:0 0 .4rem;position:sticky;left:0}
th,td{padding:.35rem .75rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
thead th{border-bottom:2px solid var(--rule);color:var(--muted);font-weight:600;vertical-align:bottom;position:sticky;top:0;background:var(--ground)}
tbody th{font-weight:500}
.number{text-align:right;white-space:nowrap}
td{max-width:28rem;overflow-wrap:break-word}
.marked{color:var(--warn);font-weight:700}
footer{color:var(--muted);font-size:.85rem;padding-top:1rem;padding-bottom:3rem}
@media (max-width:${NARROW - 1}px){
header{padding-top:1.5rem}
header,main,footer{padding-left:1rem;padding-right:1rem}
.wide{display:none}
.narrow{display:block}
th,td{overflow-wrap:normal}
}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{
.skip,nav{display:none}
.wide{display:block}
.narrow{display:none}
figure{break-inside:avoid}
h2,h3{break-after:avoid}
.scroll,details .scroll{overflow:visible;max-height:none}
details:not([open]){display:none}
table{font-size:8pt}
}
`;
