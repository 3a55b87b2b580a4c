// node --test: what is typed or pasted arrives complete, in pieces that fit a frame.
import assert from "node:assert/strict";
import test from "node:test";

import { binaryPieces, utf8Pieces } from "./bytes.js";

test("a large paste arrives intact, in pieces of at most 16 KiB", () => {
  const text = "粘贴 é 😀\n".repeat(20_000);
  const pieces = [...utf8Pieces(text)];
  assert.ok(pieces.length > 1);
  assert.ok(pieces.every((piece) => piece.length > 0 && piece.length <= 16 * 1024));
  assert.equal(new TextDecoder().decode(Buffer.concat(pieces)), text);
});

test("nothing typed sends nothing", () => {
  assert.deepEqual([...utf8Pieces("")], []);
});

test("binary reports are one byte for each character", () => {
  assert.deepEqual([...binaryPieces("\u001b[M\u00ff\u0080")].map((piece) => [...piece]), [[0x1b, 0x5b, 0x4d, 0xff, 0x80]]);
});
