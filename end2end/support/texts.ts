import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type Locale = "zh-CN" | "en";
export const LOCALES: Locale[] = ["zh-CN", "en"];

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../app/i18n/locales");

/** All simple messages of a language; those with variants are not needed here. */
function read(locale: Locale): Map<string, string> {
  const out = new Map<string, string>();
  for (const file of readdirSync(join(folder, locale)).filter((name) => name.endsWith(".ftl"))) {
    for (const line of readFileSync(join(folder, locale, file), "utf8").split("\n")) {
      const found = /^([a-zA-Z][\w-]*) = (.*)$/.exec(line);
      if (found?.[1] && found[2] !== undefined) {
        out.set(found[1], found[2]);
      }
    }
  }
  return out;
}

const messages: Record<Locale, Map<string, string>> = { "zh-CN": read("zh-CN"), en: read("en") };

function message(locale: Locale, key: string): string {
  const text = messages[locale].get(key);
  if (text === undefined) {
    throw new Error(`there is no text ${key} in ${locale}`);
  }
  return text;
}

/** The text of a key as people see it. */
export function text(locale: Locale, key: string, values: Record<string, string | number> = {}): string {
  return message(locale, key).replace(/\{\s*\$([\w-]+)\s*\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text with anything in its places. */
export function pattern(locale: Locale, key: string): RegExp {
  const escape = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(message(locale, key).split(/\{[^}]*\}/).map(escape).join(".*"));
}
