// Code editor: CodeMirror 6 with YAML, search, folding, diagnostics and a diff against an original.
// Loaded through lazy.js by the pages that show it.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { unifiedMergeView } from "@codemirror/merge";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Text } from "@codemirror/state";
import {
  drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, rectangularSelection,
} from "@codemirror/view";

import { lineSeparatorOf, withLineSeparator } from "./editor/line-breaks.js";
import { theme } from "./editor/theme.js";
import { pageNonce } from "./nonce.js";

const languages = { yaml };

/**
 * Puts an editor into `element`.
 *
 * options:
 *   doc       text at the start, kept byte for byte (line ends, trailing blanks, missing last newline)
 *   readOnly  the text can be selected, searched and copied, not changed
 *   lang      "yaml", or anything else for plain text
 *   wrap      long lines are folded instead of scrolled
 *   label     name for screen readers (aria-label)
 *   phrases   CodeMirror's own texts, translated: { "Find": "查找", … }
 *   onChange  called after each change by the user, without the text: ask getDoc when it is needed
 *
 * Answers { getDoc, setDoc, setReadOnly, setDiagnostics, setOriginal, focus, gotoLine, dispose }.
 */
export function mount(element, options = {}) {
  const editable = new Compartment();
  const diff = new Compartment();
  let original = null;
  let quiet = false;

  const editableExtension = (readOnly) => [
    EditorState.readOnly.of(readOnly),
    // A read-only text stays focusable, so that it can be scrolled, searched and copied with the keyboard.
    EditorView.editable.of(!readOnly),
    EditorView.contentAttributes.of({ tabindex: "0", "aria-readonly": String(readOnly), ...(options.label && { "aria-label": options.label }) }),
    // Tab indents; Escape then Tab leaves the editor, as CodeMirror documents it.
    readOnly ? [] : keymap.of([indentWithTab]),
  ];
  const diffExtension = () => original === null ? [] : unifiedMergeView({
    original: Text.of(original.split(/\r\n|\n/)),
    mergeControls: false,
    collapseUnchanged: { margin: 3, minSize: 8 },
  });

  let readOnly = Boolean(options.readOnly);
  const createState = (text) => {
    const separator = lineSeparatorOf(text);
    return EditorState.create({
      doc: text,
      extensions: [
        EditorState.lineSeparator.of(separator),
        EditorView.clipboardInputFilter.of((pasted) => withLineSeparator(pasted, separator)),
        EditorView.cspNonce.of(pageNonce()),
        EditorState.phrases.of(options.phrases ?? {}),
        EditorState.tabSize.of(2),
        indentUnit.of("  "),
        lineNumbers(), foldGutter(), codeFolding(), lintGutter(),
        highlightSpecialChars(), highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
        history(), drawSelection(), rectangularSelection(), indentOnInput(), bracketMatching(), search({ top: true }),
        languages[options.lang]?.() ?? [],
        options.wrap ? EditorView.lineWrapping : [],
        keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap]),
        editable.of(editableExtension(readOnly)),
        diff.of(diffExtension()),
        theme,
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) {
            options.onChange?.();
          }
        }),
      ],
    });
  };

  const view = new EditorView({ state: createState(options.doc ?? ""), parent: element });
  const quietly = (work) => {
    quiet = true;
    try {
      work();
    } finally {
      quiet = false;
    }
  };
  const getDoc = () => view.state.sliceDoc();
  const clampLine = (line) => view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));

  return {
    getDoc,
    /** Replaces the whole text without calling onChange. Undo brings the old one back, unless the line ends changed. */
    setDoc(text) {
      quietly(() => {
        if (lineSeparatorOf(text) === view.state.lineBreak) {
          view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: view.state.toText(text) } });
        } else {
          view.setState(createState(text));
        }
      });
    },
    setReadOnly(value) {
      readOnly = value;
      view.dispatch({ effects: editable.reconfigure(editableExtension(value)) });
    },
    /** Marks lines: [{ line, col, message, severity }], both counted from 1; severity "error" | "warning" | "info". */
    setDiagnostics(list) {
      const diagnostics = list.map(({ line, col, message, severity }) => {
        const at = clampLine(line ?? 1);
        const from = Math.min(at.from + Math.max(0, (col ?? 1) - 1), at.to);
        return { from, to: at.to, message, severity: severity ?? "error" };
      });
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    /** Shows the text as a change of `text`; null ends that. */
    setOriginal(text) {
      original = text ?? null;
      view.dispatch({ effects: diff.reconfigure(diffExtension()) });
    },
    focus: () => view.focus(),
    /** Puts the cursor into a line (from 1) and scrolls it to the middle. */
    gotoLine(line) {
      const { from } = clampLine(line);
      view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
      view.focus();
    },
    dispose: () => view.destroy(),
  };
}
