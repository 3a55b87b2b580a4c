// The door from wasm to the large widgets. It is part of the first load of every page, so it only knows their addresses:
// each one is fetched when a page shows it for the first time. Rust imports it as `#[wasm_bindgen(module = "gantry/lazy")]`.

/** Code editor, see editor.js. */
export const mountEditor = async (element, options) => (await import("./editor.js")).mount(element, options);

/** Terminal, see terminal.js. */
export const mountTerminal = async (element, options) => (await import("./terminal.js")).mount(element, options);

/** Time series chart, see chart.js. */
export const mountChart = async (element, options) => (await import("./chart.js")).mount(element, options);
