//! What a plain scalar means. kubectl reads YAML 1.1 (its Go reader, `sigs.k8s.io/yaml`), most editors and libraries
//! read 1.2; the rules here are kubectl's, and [`differs`] says where the two part.

use serde_json::{Number, Value};

/// The value of a plain scalar as kubectl reads it.
pub fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Value::Bool(true),
        "false" | "False" | "FALSE" | "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    match text.as_bytes()[0] {
        b'0'..=b'9' | b'+' | b'-' => number(text),
        b'.' => float(text),
        _ => None,
    }
    .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// `.nan` and the infinities: numbers that JSON does not have.
pub fn not_finite(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(text, ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF")
}

fn number(text: &str) -> Option<Value> {
    if date(text) {
        return None;
    }
    let plain = text.replace('_', "");
    integer(&plain).or_else(|| float(&plain))
}

/// Go's `ParseInt(text, 0, 64)`: `0x`, `0o`, `0b`, and a leading zero for octal (`0640` is 416).
fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let prefixed = |prefixes: [&str; 2]| prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix));
    let (digits, radix) = if let Some(rest) = prefixed(["0x", "0X"]) {
        (rest, 16)
    } else if let Some(rest) = prefixed(["0o", "0O"]) {
        (rest, 8)
    } else if let Some(rest) = prefixed(["0b", "0B"]) {
        (rest, 2)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (&digits[1..], 8)
    } else {
        (digits, 10)
    };
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        i64::try_from(-i128::from(value)).ok().map(Value::from)
    } else if text.starts_with('+') {
        i64::try_from(value).ok().map(Value::from)
    } else {
        Some(Value::from(value))
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, whole values as the integers that Go writes them as.
fn float(text: &str) -> Option<Value> {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let exponent_ok = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    if !(digits(whole) && digits(fraction) && exponent_ok) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        return Some(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number)
}

/// Dates stay text for kubectl.
fn date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// Whether YAML 1.2 readers see something else than kubectl: `yes`, `0640`, `1_000`, `0b1`.
pub fn differs(text: &str) -> bool {
    match plain(text) {
        Value::Bool(_) => !matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE"),
        Value::Number(_) => {
            let body = text.strip_prefix(['+', '-']).unwrap_or(text);
            let old_octal = body.len() > 1
                && body.starts_with('0')
                && body.bytes().all(|b| b.is_ascii_digit())
                && body.bytes().any(|b| b != b'0');
            old_octal || body.contains('_') || body.starts_with("0b") || body.starts_with("0B")
        }
        _ => false,
    }
}

/// Whether a text must be quoted so that every reader, of 1.1 or 1.2, takes it for a text.
pub fn needs_quotes(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return true };
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null" | "~" | "<<" | "=" | "-" | "?"
    );
    let start_ok =
        first.is_alphanumeric() || matches!(first, '_' | '/' | '.' | '$' | '(' | '+' | '-' | '^' | ';' | '<');
    let dash = text.starts_with("- ") || text.starts_with("---") || text.starts_with("...");
    let inside = text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']) || text.contains(":\t");
    let printable = text.chars().all(|c| printable(c) && c != '\t');
    word || !start_ok || dash || inside || !printable || number_like(text)
}

/// Everything that some reader takes for a number, a time or a base-60 number. Too wide costs only quotes.
fn number_like(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = body.to_ascii_lowercase();
    if lower == ".nan" || lower == ".inf" || date(body) {
        return true;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return digits.chars().all(|c| c.is_digit(radix) || c == '_');
        }
    }
    let bytes = body.as_bytes();
    bytes.first().is_some_and(|b| b.is_ascii_digit() || *b == b'.')
        && bytes.iter().any(u8::is_ascii_digit)
        && bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.' | b':' | b'e' | b'E' | b'+' | b'-'))
        && (bytes.iter().filter(|b| **b == b'.').count() <= 1 || bytes.contains(&b':'))
}

/// Characters that YAML allows as they are and every reader gives back as they are.
pub fn printable(c: char) -> bool {
    matches!(c, '\t' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The table was made with the Go reader that kubectl uses (sigs.k8s.io/yaml).
    #[test]
    fn plain_scalars_mean_what_kubectl_means() {
        for (text, value) in [
            ("0640", json!(416)),
            ("0o640", json!(416)),
            ("-0640", json!(-416)),
            ("0888", json!(888)),
            ("0", json!(0)),
            ("00", json!(0)),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("1_000", json!(1000)),
            ("1e3", json!(1000)),
            ("1.50", json!(1.5)),
            (".5", json!(0.5)),
            ("5.", json!(5)),
            ("+12", json!(12)),
            ("12e03", json!(12000)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("yes", json!(true)),
            ("On", json!(true)),
            ("n", json!(false)),
            ("OFF", json!(false)),
            ("~", json!(null)),
            ("", json!(null)),
            ("tRue", json!("tRue")),
            ("yES", json!("yES")),
            ("2024-01-02", json!("2024-01-02")),
            ("1:30", json!("1:30")),
            ("500m", json!("500m")),
            ("1.2.3", json!("1.2.3")),
            ("0x", json!("0x")),
            ("1e", json!("1e")),
            ("-", json!("-")),
            ("+-1", json!("+-1")),
            ("0-1", json!("0-1")),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
    }

    #[test]
    fn what_readers_disagree_about_is_known() {
        for text in ["yes", "no", "on", "off", "y", "N", "0640", "1_000", "0b1"] {
            assert!(differs(text), "{text}");
        }
        for text in ["true", "0", "00", "10", "1e3", "0o640", "0x1f", "null", "text", "500m"] {
            assert!(!differs(text), "{text}");
        }
    }

    #[test]
    fn texts_that_look_like_something_else_are_quoted() {
        for text in [
            "",
            "yes",
            "No",
            "ON",
            "off",
            "y",
            "n",
            "true",
            "null",
            "~",
            "0640",
            "1e3",
            "1.0",
            ".5",
            "0x1f",
            "0o7",
            "1_0",
            "12:30:45",
            "2024-01-01",
            "2024-01-01T00:00:00Z",
            "-",
            "- a",
            "a: b",
            "a #b",
            "a:",
            " a",
            "a ",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "{a",
            "[a",
            "|",
            ">",
            "#a",
            "'a",
            "\"a",
            "<<",
            "=",
            ".inf",
            "-.INF",
            "a\u{2028}b",
            "a\tb",
            "---",
            "---a",
            "+1",
            "-1",
            "\u{feff}a",
        ] {
            assert!(needs_quotes(text), "{text:?}");
        }
        for text in [
            "a",
            "10.0.0.1",
            "1.2.3",
            "500m",
            "1.5Gi",
            "--port=80",
            "-v",
            "a:b",
            "http://x:1/y",
            "a#b",
            "中文",
            "$(VAR)",
            "/bin/sh",
            "nginx:1.27",
            "yes please",
        ] {
            assert!(!needs_quotes(text), "{text:?}");
        }
    }
}
