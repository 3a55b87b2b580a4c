// Terminal: xterm with fit and search. Loaded through lazy.js by the web shell and by pages that show raw terminal output.
// Links in the output are not made clickable: what a container prints is not to be trusted with a click.
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Terminal } from "@xterm/xterm";

import { withNonce } from "./nonce.js";
import { binaryPieces, utf8Pieces } from "./terminal/bytes.js";
import { themeOf } from "./terminal/theme.js";

/**
 * Puts a terminal into `element` and keeps it as large as the element.
 *
 * options:
 *   onData    (Uint8Array) what the user typed or pasted, UTF-8, at most 16 KiB at once
 *   onBinary  (Uint8Array) mouse reports that are not text; without it they go to onData
 *   onResize  (cols, rows) also once at the start
 *   onTitle   (text) the program set a title
 *   onSearch  (index, count) place among the matches, index -1 when there is none
 *   theme     an xterm theme; without it the page's own colours
 *   fontSize  pixels, default 13
 *   scrollback lines, default 10000
 *   readOnly  shows, but takes no input
 *   screenReader  mirrors the output for screen readers
 *   label     name of the input for screen readers
 *
 * Answers { write, fit, focus, search, clearSearch, paste, copy, getText, clear, size, setTheme, setFontSize, dispose }.
 */
export function mount(element, options = {}) {
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: !options.readOnly,
    disableStdin: Boolean(options.readOnly),
    fontFamily: getComputedStyle(element).getPropertyValue("--font-mono").trim() || "monospace",
    fontSize: options.fontSize ?? 13,
    lineHeight: 1.15,
    minimumContrastRatio: 4.5,
    screenReaderMode: Boolean(options.screenReader),
    scrollback: options.scrollback ?? 10_000,
    theme: options.theme ?? themeOf(element),
  });
  const fitting = new FitAddon();
  const searching = new SearchAddon();
  terminal.loadAddon(fitting);
  terminal.loadAddon(searching);

  const send = (callback, parts) => {
    for (const part of parts) {
      callback?.(part);
    }
  };
  terminal.onData((text) => send(options.onData, utf8Pieces(text)));
  terminal.onBinary((text) => send(options.onBinary ?? options.onData, binaryPieces(text)));
  terminal.onTitleChange((title) => options.onTitle?.(title));
  searching.onDidChangeResults(({ resultIndex, resultCount }) => options.onSearch?.(resultIndex, resultCount));
  terminal.attachCustomKeyEventHandler((event) => {
    // Ctrl+C belongs to the program; with Shift it copies, as terminals do.
    if (event.type === "keydown" && event.ctrlKey && event.shiftKey && event.code === "KeyC") {
      event.preventDefault();
      copy();
      return false;
    }
    return true;
  });

  withNonce(() => terminal.open(element));
  if (options.label) {
    terminal.textarea?.setAttribute("aria-label", options.label);
  }

  let told = "";
  const fit = () => {
    // A hidden element has no size; fitting to it would tell the program a terminal of two columns.
    if (element.clientWidth === 0 || element.clientHeight === 0) {
      return;
    }
    fitting.fit();
    const size = `${terminal.cols}x${terminal.rows}`;
    if (size !== told) {
      told = size;
      options.onResize?.(terminal.cols, terminal.rows);
    }
  };
  const observer = new ResizeObserver(() => requestAnimationFrame(fit));
  observer.observe(element);
  fit();
  // The cell size is wrong until the font is there.
  document.fonts?.ready.then(fit);

  function copy() {
    const text = terminal.getSelection();
    if (text) {
      navigator.clipboard?.writeText(text);
    }
    return text;
  }

  return {
    /** Shows bytes from the program. The promise is kept when they are drawn: wait for it before asking for more. */
    write: (bytes) => new Promise((done) => terminal.write(bytes, done)),
    fit,
    focus: () => terminal.focus(),
    /** Finds the next match (or the previous one with backwards); answers whether there is one. */
    search(text, { backwards = false, caseSensitive = false, regex = false, incremental = false } = {}) {
      const style = getComputedStyle(element);
      const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
      const settings = {
        caseSensitive, regex, incremental,
        decorations: {
          matchBackground: colour("--mark", "#ffe28a"), matchOverviewRuler: colour("--mark", "#ffe28a"),
          activeMatchBackground: colour("--mark-now", "#f5a524"), activeMatchColorOverviewRuler: colour("--mark-now", "#f5a524"),
        },
      };
      return backwards ? searching.findPrevious(text, settings) : searching.findNext(text, settings);
    },
    clearSearch: () => searching.clearDecorations(),
    /** Types a text as a paste, with bracketed paste where the program asked for it. */
    paste: (text) => terminal.paste(text),
    /** Copies the selection and answers it. */
    copy,
    /** Everything that is on the screen and in the scrollback; lines that were only wrapped are joined again. */
    getText() {
      const buffer = terminal.buffer.active;
      const lines = [];
      for (let index = 0; index < buffer.length; index += 1) {
        const line = buffer.getLine(index);
        const wraps = buffer.getLine(index + 1)?.isWrapped ?? false;
        const text = line.translateToString(!wraps);
        if (line.isWrapped && lines.length > 0) {
          lines[lines.length - 1] += text;
        } else {
          lines.push(text);
        }
      }
      return lines.join("\n").trimEnd();
    },
    clear: () => terminal.clear(),
    size: () => ({ cols: terminal.cols, rows: terminal.rows }),
    /** Takes a theme, or reads the page's colours anew. */
    setTheme(theme) {
      terminal.options.theme = theme ?? themeOf(element);
    },
    setFontSize(pixels) {
      terminal.options.fontSize = pixels;
      fit();
    },
    dispose() {
      observer.disconnect();
      terminal.dispose();
    },
  };
}
