// Collects the licences of everything that is shipped to the browser from npm, as their terms demand.
//   node tools/licenses.mjs --out FILE PACKAGE_FOLDER…
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });

const sections = positionals.map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file && !license) {
    throw new Error(`${name} ${version} has no licence text and names no licence`);
  }
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : `License: ${license}`;
  return `${"=".repeat(80)}\n${name} ${version} (${license})\n${"=".repeat(80)}\n\n${text}\n`;
});
writeFileSync(values.out, `Gantry's pages contain parts of these packages.\n\n${sections.join("\n")}`);
