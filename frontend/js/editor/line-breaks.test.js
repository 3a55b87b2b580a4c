// node --test: a text leaves the editor's state as it came in, whatever its line ends.
import assert from "node:assert/strict";
import test from "node:test";

import { EditorState } from "@codemirror/state";

import { lineSeparatorOf, withLineSeparator } from "./line-breaks.js";

const through = (text) => EditorState.create({ doc: text, extensions: [EditorState.lineSeparator.of(lineSeparatorOf(text))] }).sliceDoc();

test("texts stay byte for byte", () => {
  const texts = [
    "", "a", "a\n", "a\n\n", "\n", "a\r\nb\r\n", "a\r\nb", "\r\n", "mixed\r\nand\nlone\rends\r", "tail\r", "\r", "\n\r",
    "trailing  \n\ttabs\t\n", "\u2028 and \u2029 and \u0085\n", "\ufeffmark\n", "中文 😀\r\n", "nul \u0000 inside\n",
  ];
  for (const text of texts) {
    assert.equal(through(text), text, JSON.stringify(text));
  }
});

test("any mixture of characters stays", () => {
  const alphabet = ["\r", "\n", "\r\n", "x", " ", "\u2028", "é"];
  // Every text of up to five pieces: 7 + 49 + … + 16807.
  let texts = [""];
  for (let length = 1; length <= 5; length += 1) {
    texts = texts.flatMap((text) => alphabet.map((piece) => text + piece));
    for (const text of texts) {
      assert.equal(through(text), text, JSON.stringify(text));
    }
  }
});

test("a text with only \\r\\n keeps getting \\r\\n", () => {
  assert.equal(lineSeparatorOf("a\r\nb\r\n"), "\r\n");
  assert.equal(lineSeparatorOf("a\r\nb\n"), "\n");
  assert.equal(lineSeparatorOf("a\rb\r\n"), "\n");
  assert.equal(lineSeparatorOf("no break"), "\n");
});

test("pasted text takes the document's line ends", () => {
  assert.equal(withLineSeparator("a\r\nb\nc\rd", "\n"), "a\nb\nc\nd");
  assert.equal(withLineSeparator("a\r\nb\nc\rd", "\r\n"), "a\r\nb\r\nc\r\nd");
});
