//! Numbers, sizes, dates and ages as people of a language write them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::Locale;

/// Groups of three digits; both languages use the comma.
#[must_use]
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if n < 0 { format!("-{out}") } else { out }
}

/// `3d`, `4h`, `12m`, `7s`: the short forms of kubectl in English, 天/小时/分钟/秒 in Chinese. One unit, rounded down.
#[must_use]
pub fn age(locale: Locale, at_ms: i64, now_ms: i64) -> String {
    let seconds = ((now_ms - at_ms) / 1000).max(0);
    let (n, en, zh) = match seconds {
        s if s < 120 => (s, "s", "秒"),
        s if s < 2 * 3600 => (s / 60, "m", "分钟"),
        s if s < 48 * 3600 => (s / 3600, "h", "小时"),
        s => (s / 86_400, "d", "天"),
    };
    match locale {
        Locale::En => format!("{n}{en}"),
        Locale::ZhCn => format!("{n} {zh}"),
    }
}

/// `2026-11-25 08:05:09` in UTC with its zone; browsers show their own zone where scripts run.
#[must_use]
pub fn date_time(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms)
        .map(|at| at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
        .unwrap_or_default()
}

/// Bytes in binary units with at most one decimal.
#[must_use]
pub fn bytes(value: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = value;
    let mut unit = 0;
    while value.abs() >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", short(value), UNITS[unit])
}

/// Cores with at most two decimals.
#[must_use]
pub fn cores(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_one_unit() {
        assert_eq!(age(Locale::En, 0, 119_000), "119s");
        assert_eq!(age(Locale::En, 0, 120_000), "2m");
        assert_eq!(age(Locale::ZhCn, 0, 49 * 3_600_000), "2 天");
        assert_eq!(age(Locale::En, 5_000, 0), "0s");
    }

    #[test]
    fn numbers_and_sizes() {
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(number(-12), "-12");
        assert_eq!(bytes(1536.0 * 1024.0 * 1024.0), "1.5 GiB");
        assert_eq!(cores(0.25), "0.25");
        assert_eq!(cores(4.0), "4");
    }
}
