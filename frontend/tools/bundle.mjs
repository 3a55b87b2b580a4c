// Bundles the browser's JavaScript: start.js with the wasm-bindgen module (and its snippets) inside, and one lazily loaded
// file for each widget. Called by `cargo xtask build`:
//   node tools/bundle.mjs --bindgen DIR --wasm-file NAME --out DIR [--minify]
// Writes the files with hashed names and bundle.json: { entries: { "start.js": "start.ABCD.js", … }, packages: [folder, …] }.
import { writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { build } from "esbuild";

const { values } = parseArgs({
  options: { bindgen: { type: "string" }, "wasm-file": { type: "string" }, out: { type: "string" }, minify: { type: "boolean" } },
});
const source = fileURLToPath(new URL("../js/", import.meta.url));
const entries = ["start", "editor", "terminal", "chart"];

const result = await build({
  entryPoints: entries.map((name) => join(source, `${name}.js`)),
  outdir: values.out,
  bundle: true,
  format: "esm",
  splitting: true,
  target: "es2022",
  minify: Boolean(values.minify),
  entryNames: "[name].[hash]",
  chunkNames: "[name].[hash]",
  metafile: true,
  // Comments with licences go into licenses.txt, which has the full texts.
  legalComments: "none",
  logLevel: "warning",
  define: { WASM_FILE: JSON.stringify(values["wasm-file"]) },
  alias: {
    "gantry/wasm": resolve(values.bindgen, "gantry.js"),
    "gantry/lazy": join(source, "lazy.js"),
  },
  // A snippet of a crate lies in the output of wasm-bindgen and may import a package: it is found here.
  nodePaths: [fileURLToPath(new URL("../node_modules/", import.meta.url))],
});

const names = {};
const packages = new Set();
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  const entry = output.entryPoint && basename(output.entryPoint);
  names[entry && entries.includes(entry.replace(/\.js$/, "")) ? entry : basename(file)] = basename(file);
  for (const input of Object.keys(output.inputs)) {
    const found = input.match(/^(?:.*\/)?(node_modules\/(?:@[^/]+\/)?[^/]+)\//);
    if (found) {
      packages.add(found[1]);
    }
  }
}
writeFileSync(join(values.out, "bundle.json"), JSON.stringify({ entries: names, packages: [...packages].sort() }, null, 2));
