//! How grave a line is, as far as its own words say.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warning,
    Info,
    Debug,
}

impl Level {
    pub(super) const ALL: [Self; 4] = [Self::Error, Self::Warning, Self::Info, Self::Debug];

    /// The letter of `data-l` in the style sheet.
    pub(super) const fn letter(self) -> &'static str {
        match self {
            Self::Error => "E",
            Self::Warning => "W",
            Self::Info => "I",
            Self::Debug => "D",
        }
    }

    /// The word in the line; it is the log's own vocabulary, not the console's.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }
}

const WORDS: [(&str, Level); 13] = [
    ("error", Level::Error),
    ("err", Level::Error),
    ("fatal", Level::Error),
    ("panic", Level::Error),
    ("critical", Level::Error),
    ("severe", Level::Error),
    ("warning", Level::Warning),
    ("warn", Level::Warning),
    ("info", Level::Info),
    ("notice", Level::Info),
    ("debug", Level::Debug),
    ("trace", Level::Debug),
    ("fine", Level::Debug),
];

/// Looks at the head of a line: `level=warn`, `"level":"error"`, `ERROR`, `[warn]`, klog's `E0312 14:31:49`.
pub(super) fn level_of(plain: &str) -> Option<Level> {
    let end = plain.char_indices().nth(160).map_or(plain.len(), |(at, _)| at);
    let head = &plain[..end];
    if let Some(level) = klog(head) {
        return Some(level);
    }
    let lower = head.to_ascii_lowercase();
    for key in ["level=", "level\":", "severity\":", "severity=", "lvl="] {
        if let Some(at) = lower.find(key) {
            let value = lower[at + key.len()..].trim_start_matches([' ', '"']);
            return WORDS.iter().find(|(word, _)| value.starts_with(word)).map(|(_, level)| *level);
        }
    }
    // A bare word counts only in capitals or in brackets near the start: "no error" is not an error.
    let mut from = 0;
    for (at, word) in head.split(|c: char| !c.is_ascii_alphabetic()).map(|word| {
        let at = from;
        from += word.len() + 1;
        (at, word)
    }) {
        let capitals = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
        let bracket = at > 0 && head.as_bytes().get(at - 1) == Some(&b'[') && at < 60;
        if capitals || bracket {
            let lower = word.to_ascii_lowercase();
            if let Some((_, level)) = WORDS.iter().find(|(name, _)| *name == lower) {
                return Some(*level);
            }
        }
    }
    None
}

/// `E0312 14:31:49.204 …`
fn klog(head: &str) -> Option<Level> {
    let bytes = head.as_bytes();
    let level = match bytes.first()? {
        b'E' | b'F' => Level::Error,
        b'W' => Level::Warning,
        b'I' => Level::Info,
        _ => return None,
    };
    let date = bytes.get(1..5)?.iter().all(u8::is_ascii_digit);
    (date && bytes.get(5) == Some(&b' ')).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_usual_loggers() {
        let cases = [
            ("level=warn msg=x", Some(Level::Warning)),
            ("{\"level\": \"error\",\"msg\":\"x\"}", Some(Level::Error)),
            ("E0312 14:31:49.204 main.go:88] boom", Some(Level::Error)),
            ("2026-03-12 14:31:49 ERROR boom", Some(Level::Error)),
            ("[warn] slow", Some(Level::Warning)),
            ("[2026] [INFO] ready", Some(Level::Info)),
            ("no error here", None),
            ("GET /errors 200", None),
            ("Error0312", None),
            ("名字 WARN 慢", Some(Level::Warning)),
        ];
        for (line, level) in cases {
            assert_eq!(level_of(line), level, "{line}");
        }
    }
}
