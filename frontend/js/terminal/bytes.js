// The terminal speaks bytes. A large paste is cut, so that no frame comes near the server's limit; a cut through a UTF-8
// sequence does no harm, because the other side joins the pieces again.

const PIECE = 16 * 1024;
const encoder = new TextEncoder();

function* pieces(bytes) {
  for (let start = 0; start < bytes.length; start += PIECE) {
    yield bytes.subarray(start, start + PIECE);
  }
}

/** What was typed or pasted, as UTF-8. */
export function utf8Pieces(text) {
  return pieces(encoder.encode(text));
}

/** Some mouse reports are bytes and not text: one character is one byte. */
export function binaryPieces(text) {
  return pieces(Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff));
}
