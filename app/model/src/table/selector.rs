//! Requirements on labels as kubectl writes them (Kubernetes `labels.Parse`): `key=value`, `key`, `key in (a,b)`.

/// What is wrong with a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The key is no label key.
    Key,
    /// A value is no label value.
    Value,
    /// After `in` stand no values in parentheses.
    Set,
}

impl Fault {
    /// The key of the text for people.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Key => "filter-fault-key",
            Self::Value => "filter-fault-value",
            Self::Set => "filter-fault-set",
        }
    }
}

/// A requirement; the operator of the filter says whether it must hold or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    Has { key: String },
    Is { key: String, value: String },
    In { key: String, values: Vec<String> },
}

impl Requirement {
    /// Reads the value of a label filter.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if let Some((key, rest)) = text.split_once(" in").filter(|(_, rest)| rest.starts_with([' ', '('])) {
            let rest = rest.trim();
            let inner = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).ok_or(Fault::Set)?;
            if inner.trim().is_empty() {
                return Err(Fault::Set);
            }
            let values: Vec<String> = inner.split(',').map(|value| value.trim().to_owned()).collect();
            check_key(key)?;
            values.iter().try_for_each(|value| check_value(value))?;
            return Ok(Self::In { key: key.trim().to_owned(), values });
        }
        match text.split_once('=') {
            Some((key, value)) => {
                check_key(key)?;
                check_value(value.trim())?;
                Ok(Self::Is { key: key.trim().to_owned(), value: value.trim().to_owned() })
            }
            None => {
                check_key(text)?;
                Ok(Self::Has { key: text.to_owned() })
            }
        }
    }
}

fn check_key(key: &str) -> Result<(), Fault> {
    if is_key(key.trim()) { Ok(()) } else { Err(Fault::Key) }
}

fn check_value(value: &str) -> Result<(), Fault> {
    if value.is_empty() || is_name(value) { Ok(()) } else { Err(Fault::Value) }
}

/// Letters, digits, `-`, `_`, `.`, with a letter or a digit at both ends; at most 63.
fn is_name(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let bytes = text.as_bytes();
    let ends = bytes.first().into_iter().chain(bytes.last()).all(u8::is_ascii_alphanumeric);
    !bytes.is_empty() && bytes.len() <= 63 && ends && bytes.iter().copied().all(inside)
}

/// `name` or `domain/name`.
#[must_use]
pub fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, name)) => {
            !domain.is_empty() && domain.len() <= 253 && domain.split('.').all(is_name) && is_name(name)
        }
        None => is_name(key),
    }
}

/// Parts between commas; commas in parentheses belong to a set.
#[must_use]
pub fn parts(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                out.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push(text[from..].trim());
    out
}

/// `key in (a, b)` or `key notin (a, b)`: whether it is the negative one, and the value of the filter.
#[must_use]
pub fn set(text: &str) -> Option<(bool, String)> {
    let (key, rest) = text.trim().split_once(char::is_whitespace)?;
    let rest = rest.trim_start();
    let (negative, values) = match (rest.strip_prefix("notin"), rest.strip_prefix("in")) {
        (Some(values), _) => (true, values),
        (None, Some(values)) => (false, values),
        (None, None) => return None,
    };
    // A label filter of the URL (`label=key in (a)`) is read by its operator.
    if key.contains(['=', '~', '!'])
        || !values.is_empty() && !values.starts_with(|c: char| c.is_whitespace() || c == '(')
    {
        return None;
    }
    let values = values.trim();
    let values = match values.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => format!("({})", inner.split(',').map(str::trim).collect::<Vec<_>>().join(",")),
        None => values.to_owned(),
    };
    Some((negative, format!("{key} in {values}")))
}
