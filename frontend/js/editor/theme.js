// Colours are the page's own tokens (style/main.css), so the editor follows light, dark and contrast without being told.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const chrome = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--panel)", fontSize: "12px", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "20px", fontVariantLigatures: "none" },
  ".cm-content": { caretColor: "var(--ink)", padding: "6px 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--accent-line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent-soft) 55%, transparent)" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--ink-3)", border: "none", borderRight: "1px solid var(--line-soft)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--accent-soft)", color: "var(--ink)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", border: "1px solid var(--line)", color: "var(--ink-2)" },
  ".cm-specialChar": { color: "var(--err)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent-line)" },
  ".cm-searchMatch": { backgroundColor: "var(--mark)" },
  ".cm-searchMatch.cm-searchMatch-selected": { backgroundColor: "var(--mark-now)" },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--mark) 45%, transparent)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search, .cm-panel.cm-gotoLine": { padding: "6px 28px 6px 8px", fontFamily: "var(--font-sans)" },
  ".cm-panel.cm-search [name=close]": { color: "var(--ink-2)", fontSize: "16px", cursor: "pointer" },
  ".cm-panel.cm-search label": { fontSize: "12px" },
  ".cm-textfield": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--line-control)", borderRadius: "3px", fontSize: "12px" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--line-btn)", borderRadius: "3px", fontSize: "12px" },
  ".cm-button:hover": { backgroundColor: "var(--hover)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--line)", boxShadow: "var(--shadow)" },
  ".cm-diagnostic": { fontFamily: "var(--font-sans)", fontSize: "12px", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--err)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--prog)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--err) 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn) 1px", textUnderlineOffset: "3px" },
  ".cm-changedLine, .cm-insertedLine": { backgroundColor: "var(--add) !important" },
  "&.cm-merge-b .cm-changedText, .cm-changedText": { background: "var(--add-2) !important", borderRadius: "2px" },
  ".cm-deletedChunk": { backgroundColor: "var(--del) !important" },
  ".cm-deletedChunk .cm-deletedText": { background: "var(--del-2) !important", borderRadius: "2px" },
  "&.cm-merge-b .cm-changedLineGutter": { backgroundColor: "var(--ok)" },
  ".cm-deletedLineGutter": { backgroundColor: "var(--err)" },
});

// YAML's keys are property names; plain scalars have no tag of their own and stay in the colour of the text.
const syntax = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.keyword], color: "var(--syn-key)" },
  { tag: [tags.string, tags.special(tags.string), tags.content], color: "var(--syn-str)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--syn-num)" },
  { tag: [tags.comment, tags.meta], color: "var(--syn-com)" },
  { tag: [tags.labelName, tags.typeName, tags.modifier], color: "var(--syn-num)" },
  { tag: tags.invalid, color: "var(--err)" },
]);

export const theme = [chrome, syntaxHighlighting(syntax)];
