//! Bytes into lines.

use super::LogLine;
use jiff::Timestamp;

/// A line longer than this is handed on in pieces: a log without line ends must not fill the memory.
const LONGEST: usize = 256 * 1024;

/// A line with its time read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Timed {
    pub at: Option<Timestamp>,
    pub line: LogLine,
}

/// Puts pieces of a stream together to lines. Only `\n` ends one: `\r` and U+2028 belong to the text.
#[derive(Default)]
pub(super) struct Splitter {
    rest: Vec<u8>,
    /// The line under way was handed on in part: what follows of it has no timestamp.
    within: bool,
}

impl Splitter {
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<Timed>) {
        let mut from = piece;
        while let Some(end) = from.iter().position(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(&from[..end]);
            from = &from[end + 1..];
            self.emit(out);
            self.within = false;
        }
        self.rest.extend_from_slice(from);
        if self.rest.len() > LONGEST {
            let kept = self.rest.split_off(character_end(&self.rest));
            self.emit(out);
            self.rest = kept;
            self.within = true;
        }
    }

    /// The last line of a log often has no end.
    pub fn finish(&mut self, out: &mut Vec<Timed>) {
        if !self.rest.is_empty() {
            self.emit(out);
        }
    }

    fn emit(&mut self, out: &mut Vec<Timed>) {
        let bytes = std::mem::take(&mut self.rest);
        let text = String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        out.push(if self.within { Timed { at: None, line: LogLine { at: None, text } } } else { timed(text) });
    }
}

/// Where the last whole character ends, so that none is cut in two.
fn character_end(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

/// Takes the kubelet's timestamp off a line.
fn timed(text: String) -> Timed {
    let (stamp, rest) = text.split_once(' ').unwrap_or((text.as_str(), ""));
    let at = (stamp.len() >= 20 && stamp.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| stamp.parse::<Timestamp>().ok())
        .flatten();
    match at {
        Some(_) => Timed { at, line: LogLine { at: Some(stamp.to_owned()), text: rest.to_owned() } },
        None => Timed { at: None, line: LogLine { at: None, text } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(pieces: &[&[u8]]) -> Vec<Timed> {
        let mut splitter = Splitter::default();
        let mut out = Vec::new();
        for piece in pieces {
            splitter.push(piece, &mut out);
        }
        splitter.finish(&mut out);
        out
    }

    #[test]
    fn pieces_may_be_cut_anywhere() {
        let whole = "2026-11-25T08:00:00.1Z 你好\r\n2026-11-25T08:00:00.123456789Z  two  blanks\u{2028}x\n\n2026-11-25T09:00:00+01:00 end".as_bytes();
        let wanted = split(&[whole]);
        for at in 0..whole.len() {
            assert_eq!(split(&[&whole[..at], &whole[at..]]), wanted, "cut at {at}");
        }
        let texts: Vec<_> = wanted.iter().map(|l| l.line.text.as_str()).collect();
        assert_eq!(texts, ["你好\r", " two  blanks\u{2028}x", "", "end"]);
        assert_eq!(wanted[0].line.at.as_deref(), Some("2026-11-25T08:00:00.1Z"));
        assert_eq!(wanted[2].line.at, None);
        assert!(wanted[3].at.unwrap() < wanted[0].at.unwrap(), "offsets count");
    }

    #[test]
    fn lines_without_end_do_not_fill_the_memory() {
        let mut splitter = Splitter::default();
        let mut out = Vec::new();
        let piece = "汉".repeat(10_000);
        for _ in 0..100 {
            splitter.push(piece.as_bytes(), &mut out);
            assert!(splitter.rest.len() <= LONGEST + piece.len());
        }
        splitter.push(b"\n2026-11-25T08:00:00Z next\n", &mut out);
        assert_eq!(out.last().unwrap().line.text, "next");
        let text: String = out[..out.len() - 1].iter().map(|l| l.line.text.as_str()).collect();
        assert_eq!(text, "汉".repeat(1_000_000));
    }

    #[test]
    fn what_only_looks_like_a_timestamp_is_text() {
        for text in ["2026 was good", "20261125T000000Z", "error 2026-11-25T08:00:00Z", "2026-13-45T99:99:99Z x"] {
            assert_eq!(split(&[text.as_bytes()])[0].line, LogLine { at: None, text: text.to_owned() });
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_end_the_log() {
        let out = split(&[b"a\xff\xfe b\nc\n"]);
        assert_eq!(out.len(), 2);
        assert_eq!(out[1].line.text, "c");
    }
}
