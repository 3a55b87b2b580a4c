//! The lines that are kept: at most so many and so much; the oldest go first, and it is said how many went.

use super::ansi;
use super::level::{Level, level_of};
use model::logs::LogLine;
use std::borrow::Cow;
use std::collections::VecDeque;

pub(super) const MAX_LINES: usize = 50_000;
pub(super) const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Lines drawn together.
pub(super) const CHUNK: usize = 100;

#[derive(Clone, Debug)]
pub(super) enum Entry {
    Line {
        at: String,
        text: String,
        level: Option<Level>,
    },
    /// A mark between lines: skipped, interrupted, ended.
    Mark {
        text: String,
        error: bool,
    },
}

impl Entry {
    fn size(&self) -> usize {
        match self {
            Self::Line { at, text, .. } => at.len() + text.len() + 64,
            Self::Mark { text, .. } => text.len() + 64,
        }
    }

    /// What is searched and copied.
    pub(super) fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Line { text, .. } if ansi::has_codes(text) => Cow::Owned(ansi::draw(text).plain),
            Self::Line { text, .. } | Self::Mark { text, .. } => Cow::Borrowed(text),
        }
    }
}

#[derive(Default)]
pub(super) struct Buffer {
    entries: VecDeque<Entry>,
    /// Number of the first entry; entries keep their number when older ones go.
    first: usize,
    bytes: usize,
    pub(super) dropped: usize,
    counts: [usize; 4],
}

impl Buffer {
    pub(super) fn push_line(&mut self, line: LogLine) {
        let mut entry = Entry::Line { at: line.at.unwrap_or_default(), text: line.text, level: None };
        let found = level_of(&entry.plain());
        if let Entry::Line { level, .. } = &mut entry {
            *level = found;
        }
        self.push(entry);
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.bytes += entry.size();
        if let Entry::Line { level: Some(level), .. } = &entry {
            self.counts[*level as usize] += 1;
        }
        self.entries.push_back(entry);
    }

    /// Drops the oldest whole chunks until the rest fits; how many chunks went.
    pub(super) fn shrink(&mut self) -> usize {
        let mut chunks = 0;
        while (self.entries.len() > MAX_LINES || self.bytes > MAX_BYTES) && self.entries.len() > CHUNK {
            for _ in 0..CHUNK {
                let Some(entry) = self.entries.pop_front() else { break };
                self.bytes -= entry.size();
                if let Entry::Line { level: Some(level), .. } = &entry {
                    self.counts[*level as usize] -= 1;
                }
            }
            self.first += CHUNK;
            self.dropped += CHUNK;
            chunks += 1;
        }
        chunks
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) const fn first(&self) -> usize {
        self.first
    }

    pub(super) fn end(&self) -> usize {
        self.first + self.entries.len()
    }

    pub(super) fn get(&self, number: usize) -> Option<&Entry> {
        self.entries.get(number.checked_sub(self.first)?)
    }

    pub(super) const fn count(&self, level: Level) -> usize {
        self.counts[level as usize]
    }

    /// Number and byte place of every hit of a text, without regard to case; at most `limit`.
    pub(super) fn find(&self, needle: &str, limit: usize) -> Vec<(usize, usize)> {
        let needle = needle.to_lowercase();
        let mut out = Vec::new();
        if needle.is_empty() {
            return out;
        }
        for (at, entry) in self.entries.iter().enumerate() {
            if out.len() >= limit {
                break;
            }
            if matches!(entry, Entry::Line { .. }) {
                out.extend(hits(&entry.plain(), &needle).map(|place| (self.first + at, place)));
            }
        }
        out
    }
}

/// Places of a needle that is already in lower case. Lower case can change lengths of letters, then only ASCII counts.
pub(super) fn hits(text: &str, needle: &str) -> impl Iterator<Item = usize> + use<> {
    let mut folded = text.to_lowercase();
    if folded.len() != text.len() {
        folded = text.to_ascii_lowercase();
    }
    folded.match_indices(needle).map(|(at, _)| at).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { at: None, text: text.to_owned() }
    }

    /// [W-106] A producer without end does not fill the browser's memory, and it is said how much went.
    #[test]
    fn the_oldest_go_in_chunks_and_numbers_stay() {
        let mut buffer = Buffer::default();
        for n in 0..MAX_LINES + 250 {
            buffer.push_line(line(&format!("ERROR {n}")));
        }
        assert_eq!(buffer.shrink(), 3);
        assert_eq!((buffer.first(), buffer.dropped, buffer.len()), (300, 300, MAX_LINES - 50));
        assert_eq!(buffer.count(Level::Error), MAX_LINES - 50);
        assert!(buffer.get(299).is_none());
        assert_eq!(buffer.get(300).map(|entry| entry.plain().into_owned()).as_deref(), Some("ERROR 300"));
        let mut large = Buffer::default();
        for _ in 0..300 {
            large.push_line(line(&"x".repeat(100_000)));
        }
        large.shrink();
        assert!(large.bytes <= MAX_BYTES);
    }

    /// A level in colour is a level.
    #[test]
    fn colours_do_not_hide_the_level() {
        let mut buffer = Buffer::default();
        buffer.push_line(line("\u{1b}[32mINFO\u{1b}[0m started"));
        assert_eq!(buffer.count(Level::Info), 1);
    }

    /// [W-108] Search sees plain text, whatever colours are in it.
    #[test]
    fn search_is_plain_and_without_case() {
        let mut buffer = Buffer::default();
        buffer.push_line(line("missing \u{1b}[31mKe\u{1b}[0my and key"));
        buffer.push(Entry::Mark { text: "key".into(), error: false });
        buffer.push_line(line("名字 KEY"));
        assert_eq!(buffer.find("key", 10), [(0, 8), (0, 16), (2, 7)]);
        assert_eq!(buffer.find("key", 1).len(), 2);
        assert!(buffer.find("", 10).is_empty());
    }
}
