// A text must leave the editor byte for byte as it came in. CodeMirror splits at \n, \r\n and \r and forgets which one it
// was, so each text gets the one separator that loses nothing.

/**
 * The line separator under which splitting and joining `text` gives `text` again.
 * `\r\n` only when every line ends so; with mixed ends `\n`, and each stray `\r` stays a (visible) character of its line.
 */
export function lineSeparatorOf(text) {
  const feeds = text.split("\n").length - 1;
  const pairs = text.split("\r\n").length - 1;
  return pairs > 0 && pairs === feeds && text.split("\r").length - 1 === pairs ? "\r\n" : "\n";
}

/** Pasted text takes the line ends of the document it lands in. */
export function withLineSeparator(text, separator) {
  return text.replace(/\r\n|\r|\n/g, separator);
}
