//! Between a log's reader and the page: what waits for a slow reader is bounded, and what is left out is counted.

use super::follow::{LogEnd, LogEvent};
use model::logs::LogLine;
use parking_lot::Mutex;
use std::collections::VecDeque;
use tokio::sync::Notify;

/// What waits for a slow reader; beyond it the oldest lines are left out and counted.
const MOST_LINES: usize = 20_000;
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Lines of one event.
const BATCH: usize = 1000;
#[derive(Debug, Default)]
pub(super) struct Shared {
    waiting: Mutex<Waiting>,
    news: Notify,
}

#[derive(Debug, Default)]
pub(super) struct Waiting {
    events: VecDeque<Entry>,
    lines: usize,
    bytes: usize,
    finished: bool,
}

#[derive(Debug)]
enum Entry {
    Line(LogLine),
    Skipped(u64),
    Other(LogEvent),
}

impl Waiting {
    fn take(&mut self) -> Option<LogEvent> {
        match self.events.pop_front()? {
            Entry::Other(event) => Some(event),
            Entry::Skipped(lines) => Some(LogEvent::Skipped(lines)),
            Entry::Line(first) => {
                let mut lines = vec![first];
                while lines.len() < BATCH && matches!(self.events.front(), Some(Entry::Line(_))) {
                    if let Some(Entry::Line(line)) = self.events.pop_front() {
                        lines.push(line);
                    }
                }
                self.lines -= lines.len();
                self.bytes -= lines.iter().map(|line| line.text.len()).sum::<usize>();
                Some(LogEvent::Lines(lines))
            }
        }
    }

    fn put(&mut self, line: LogLine) {
        self.lines += 1;
        self.bytes += line.text.len();
        self.events.push_back(Entry::Line(line));
        if self.lines <= MOST_LINES && self.bytes <= MOST_BYTES {
            return;
        }
        // Room is made for a while, so that one skip is told and not thousands.
        let mut skipped = 0;
        let mut kept = VecDeque::new();
        while self.lines > MOST_LINES / 2 || self.bytes > MOST_BYTES / 2 {
            match self.events.pop_front() {
                Some(Entry::Line(line)) => {
                    self.lines -= 1;
                    self.bytes -= line.text.len();
                    skipped += 1;
                }
                Some(Entry::Skipped(lines)) => skipped += lines,
                Some(other) => kept.push_back(other),
                None => break,
            }
        }
        self.events.push_front(Entry::Skipped(skipped));
        for other in kept.into_iter().rev() {
            self.events.push_front(other);
        }
    }
}

impl Shared {
    /// The next event; `None` after the end. Lines that wait come together.
    pub async fn next(&self) -> Option<LogEvent> {
        loop {
            let news = self.news.notified();
            {
                let mut waiting = self.waiting.lock();
                if let Some(event) = waiting.take() {
                    return Some(event);
                }
                if waiting.finished {
                    return None;
                }
            }
            news.await;
        }
    }

    pub fn lines(&self, lines: impl IntoIterator<Item = LogLine>) {
        let mut waiting = self.waiting.lock();
        lines.into_iter().for_each(|line| waiting.put(line));
        drop(waiting);
        self.news.notify_one();
    }

    pub fn event(&self, event: LogEvent) {
        self.waiting.lock().events.push_back(Entry::Other(event));
        self.news.notify_one();
    }

    pub fn finish(&self, end: LogEnd) {
        let mut waiting = self.waiting.lock();
        waiting.events.push_back(Entry::Other(LogEvent::Ended(end)));
        waiting.finished = true;
        drop(waiting);
        self.news.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> LogLine {
        LogLine { at: None, text: text.to_owned() }
    }

    #[test]
    fn a_reader_that_is_too_slow_is_told_how_much_it_missed() {
        let mut waiting = Waiting::default();
        waiting.events.push_back(Entry::Other(LogEvent::Resumed { gap: false }));
        let total = MOST_LINES * 3;
        for number in 0..total {
            waiting.put(line(&number.to_string()));
            assert!(waiting.lines <= MOST_LINES);
        }
        assert_eq!(waiting.take(), Some(LogEvent::Resumed { gap: false }));
        let Some(LogEvent::Skipped(skipped)) = waiting.take() else { panic!("not told") };
        let mut next = skipped;
        while let Some(event) = waiting.take() {
            let LogEvent::Lines(lines) = event else { panic!("told more than once") };
            assert!(lines.len() <= BATCH);
            for line in lines {
                assert_eq!(line.text, next.to_string());
                next += 1;
            }
        }
        assert_eq!(next, total as u64, "every line was shown or counted");
        assert_eq!((waiting.lines, waiting.bytes), (0, 0));
    }
}
