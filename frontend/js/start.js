// Loads the wasm and wakes the islands of a page. Same walk as leptos' own loader (hydration/island_script.js), with three
// differences: one broken island does not leave the others dead, nothing waits for an idle browser, and the end can be seen:
// <html data-hydrated="true">, which tests wait for.
// `gantry/wasm` and WASM_FILE are given by tools/bundle.mjs.
import * as wasm from "gantry/wasm";

const childrenCallbacks = [];

async function hydrateIsland(element, name) {
  const island = wasm[name];
  if (!island) {
    throw new Error(`the wasm has no island ${name}`);
  }
  childrenCallbacks.at(-1)?.();
  await island(element);
}

function fail(element, name, error) {
  element.dataset.islandError = String(error?.message ?? error);
  console.error(`island ${name} failed`, error);
  // A panic leaves its half-built owner as the current one, under which no other island could be woken: a new root replaces it.
  wasm.hydrate();
}

async function walk(node) {
  const tag = node.localName;
  if (tag === "leptos-island") {
    const name = node.dataset.component;
    try {
      await hydrateIsland(node, name);
    } catch (error) {
      fail(node, name, error);
    }
  }
  const isChildren = tag === "leptos-children";
  if (isChildren) {
    childrenCallbacks.push(node.$$on_hydrate);
  }
  for (const child of node.children) {
    await walk(child);
  }
  if (isChildren) {
    childrenCallbacks.pop();
  }
}

try {
  await wasm.default({ module_or_path: new URL(WASM_FILE, import.meta.url) });
  wasm.hydrate();
  await walk(document.body);
  document.documentElement.dataset.hydrated = "true";
} catch (error) {
  document.documentElement.dataset.hydrated = "failed";
  console.error("the page could not be made interactive", error);
}
