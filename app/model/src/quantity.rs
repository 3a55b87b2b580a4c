//! Kubernetes quantities (`resource.Quantity`): parsed exactly, compared by value, shown humanly.
//!
//! Values are held in 10⁻⁹ as `i128`, which is the precision and more than the range of the apiserver; like there, what
//! is finer is rounded away from zero and what is larger than 2⁶³−1 is capped.

use crate::form::QuantityUnit;
use std::fmt;

const NANO: i128 = 1_000_000_000;
const CAP: i128 = (i64::MAX as i128) * NANO;
const MIB: i128 = 1 << 20;

/// How a quantity was written; it decides the canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    DecimalSi,
    BinarySi,
    DecimalExponent,
}

/// A quantity; equality and order are those of the value, whatever the spelling was.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nano: i128,
    notation: Notation,
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}
impl Eq for Quantity {}
impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.nano.cmp(&other.nano)
    }
}

/// The text is no quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAQuantity;

impl fmt::Display for NotAQuantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a quantity")
    }
}
impl std::error::Error for NotAQuantity {}

enum Scale {
    /// Power of ten.
    Decimal(i64),
    /// Power of two.
    Binary(u32),
}

impl Quantity {
    /// Parses what the apiserver takes: `0.5`, `500m`, `1.5Gi`, `1e3`, `100e-3`, `4402341478400m`.
    ///
    /// # Errors
    /// [`NotAQuantity`] for anything else, blanks included.
    pub fn parse(text: &str) -> Result<Self, NotAQuantity> {
        let (negative, rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let end = rest.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return Err(NotAQuantity);
        }
        let (scale, notation) = suffix_of(suffix)?;
        let nano = match scale {
            Scale::Decimal(exponent) => decimal(whole, fraction, exponent),
            Scale::Binary(power) => binary(whole, fraction, power),
        };
        Ok(Self { nano: if negative { -nano } else { nano }, notation })
    }

    /// The value in 10⁻⁹.
    #[must_use]
    pub const fn nano(self) -> i128 {
        self.nano
    }

    /// The value as a float, for charts and meters.
    #[must_use]
    pub fn value(self) -> f64 {
        self.nano as f64 / NANO as f64
    }

    /// The spelling that the apiserver gives back: `0.5` → `500m`, `1024Mi` → `1Gi`, 4.1Gi → `4402341478400m`.
    #[must_use]
    pub fn canonical(self) -> String {
        if self.nano == 0 {
            return "0".to_owned();
        }
        let small = self.nano.abs() < 1024 * NANO;
        if self.notation == Notation::BinarySi && !small && self.nano % NANO == 0 {
            let (mut number, mut power) = (self.nano / NANO, 0);
            while number % 1024 == 0 && power < 6 {
                number /= 1024;
                power += 1;
            }
            return format!("{number}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power]);
        }
        let (mut number, mut step) = (self.nano, 0);
        while number % 1000 == 0 && step < 9 {
            number /= 1000;
            step += 1;
        }
        if self.notation == Notation::DecimalExponent {
            let exponent = step as i32 * 3 - 9;
            if exponent == 0 { number.to_string() } else { format!("{number}e{exponent}") }
        } else {
            format!("{number}{}", ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][step])
        }
    }

    /// For people: cores as a decimal (`0.5`), memory in the largest binary unit (`4.1 GiB`).
    #[must_use]
    pub fn human(self, unit: QuantityUnit) -> String {
        match unit {
            QuantityUnit::Cores => rounded(self.nano, NANO),
            QuantityUnit::Mib => {
                let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
                let mut size = NANO;
                let mut index = 0;
                while self.nano.abs() >= size * 1024 && index + 1 < units.len() {
                    size *= 1024;
                    index += 1;
                }
                format!("{} {}", rounded(self.nano, size), units[index])
            }
        }
    }
}

fn suffix_of(suffix: &str) -> Result<(Scale, Notation), NotAQuantity> {
    let si = |exponent| Ok((Scale::Decimal(exponent), Notation::DecimalSi));
    let two = |power| Ok((Scale::Binary(power), Notation::BinarySi));
    match suffix {
        "n" => si(-9),
        "u" => si(-6),
        "m" => si(-3),
        "" => si(0),
        "k" => si(3),
        "M" => si(6),
        "G" => si(9),
        "T" => si(12),
        "P" => si(15),
        "E" => si(18),
        "Ki" => two(10),
        "Mi" => two(20),
        "Gi" => two(30),
        "Ti" => two(40),
        "Pi" => two(50),
        "Ei" => two(60),
        _ => {
            let digits = suffix.strip_prefix(['e', 'E']).ok_or(NotAQuantity)?;
            let plain = digits.strip_prefix(['+', '-']).unwrap_or(digits);
            if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
                return Err(NotAQuantity);
            }
            // Beyond these the result is the cap or the smallest step anyway.
            let exponent = plain.parse::<i64>().unwrap_or(10_000).min(10_000);
            let exponent = if digits.starts_with('-') { -exponent } else { exponent };
            Ok((Scale::Decimal(exponent), Notation::DecimalExponent))
        }
    }
}

/// `whole.fraction × 10^exponent` in 10⁻⁹, rounded up, capped.
fn decimal(whole: &str, fraction: &str, exponent: i64) -> i128 {
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
    let leading = digits.iter().take_while(|d| **d == 0).count();
    let digits = &digits[leading..];
    if digits.is_empty() {
        return 0;
    }
    // How many digits stand before the point of the result.
    let point = i64::try_from(whole.len()).unwrap_or(i64::MAX / 2) - i64::try_from(leading).unwrap_or(0) + exponent + 9;
    if point > 29 {
        return CAP;
    }
    let Ok(point) = usize::try_from(point) else { return 1 };
    let kept = point.min(digits.len());
    let mut nano = digits[..kept].iter().fold(0i128, |n, d| n * 10 + i128::from(*d));
    for _ in kept..point {
        nano *= 10;
    }
    if digits[kept..].iter().any(|d| *d != 0) {
        nano += 1;
    }
    nano.min(CAP)
}

/// `whole.fraction × 2^power` in 10⁻⁹, rounded up, capped. The fraction counts to 18 places.
fn binary(whole: &str, fraction: &str, power: u32) -> i128 {
    let unit = 1i128 << power;
    let whole = whole.trim_start_matches('0');
    let Ok(whole) = (if whole.is_empty() { Ok(0) } else { whole.parse::<i128>() }) else { return CAP };
    let Some(high) = whole.checked_mul(unit).and_then(|n| n.checked_mul(NANO)) else { return CAP };
    let kept = &fraction[..fraction.len().min(18)];
    let mut part: i128 = kept.bytes().fold(0, |n, b| n * 10 + i128::from(b - b'0'));
    let mut over: i128 = 1;
    for _ in kept.len()..9 {
        part *= 10;
    }
    for _ in 9..kept.len() {
        over *= 10;
    }
    let product = part * unit;
    let mut low = product / over;
    if product % over != 0 || fraction.bytes().skip(18).any(|b| b != b'0') {
        low += 1;
    }
    high.saturating_add(low).min(CAP)
}

/// A decimal with at most three places, rounded half up, without zeros at the end.
fn rounded(nano: i128, unit: i128) -> String {
    let milli = (nano.abs() * 1000 + unit / 2) / unit;
    let text = places(milli, 3);
    if nano < 0 && milli != 0 { format!("-{text}") } else { text }
}

/// `number × 10^-places` without zeros at the end.
fn places(number: i128, places: usize) -> String {
    let unit = 10i128.pow(u32::try_from(places).unwrap_or(0));
    let (whole, part) = (number / unit, number % unit);
    if part == 0 {
        return whole.to_string();
    }
    format!("{whole}.{part:0places$}").trim_end_matches('0').to_owned()
}

/// Digits with at most one point: what a unit applies to.
fn bare(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && text.bytes().filter(|b| *b == b'.').count() <= 1
}

/// What a text typed into a field with a unit means: a bare number is in the unit (W-38, W-39), everything else is the
/// quantity that it spells.
///
/// # Errors
/// [`NotAQuantity`].
pub fn read(text: &str, unit: QuantityUnit) -> Result<Quantity, NotAQuantity> {
    let text = text.trim();
    let quantity = Quantity::parse(text)?;
    if unit == QuantityUnit::Mib && bare(text) {
        let nano = quantity.nano.saturating_mul(MIB).min(CAP);
        return Ok(Quantity { nano, notation: Notation::BinarySi });
    }
    Ok(quantity)
}

/// What is written into the object for a typed text: cores as typed, `300` MiB as `300Mi`, `256.5` MiB as `268959744`
/// (spec 30 R-5), spelled quantities as they are.
///
/// # Errors
/// [`NotAQuantity`].
pub fn store(text: &str, unit: QuantityUnit) -> Result<String, NotAQuantity> {
    let text = text.trim();
    let quantity = read(text, unit)?;
    if unit != QuantityUnit::Mib || !bare(text) {
        return Ok(text.to_owned());
    }
    if quantity.nano % (MIB * NANO) == 0 {
        return Ok(format!("{}Mi", quantity.nano / (MIB * NANO)));
    }
    Ok((quantity.nano / NANO + i128::from(quantity.nano % NANO != 0)).to_string())
}

/// What a field with this unit shows for a quantity of an object: a bare number in the unit where it is exact and short
/// (`500m` → `0.5`, `1Gi` → `1024`, `4402341478400m` → `4198.4`), else the quantity with its own suffix.
/// `read(show(q)) == q` always; a text that is no quantity is shown as it is.
#[must_use]
pub fn show(stored: &str, unit: QuantityUnit) -> String {
    let Ok(quantity) = Quantity::parse(stored) else { return stored.to_owned() };
    if quantity.nano < 0 {
        return stored.to_owned();
    }
    match unit {
        QuantityUnit::Cores => places(quantity.nano, 9),
        QuantityUnit::Mib => {
            let milli = quantity.nano * 1000;
            if milli % (MIB * NANO) == 0 {
                places(milli / (MIB * NANO), 3)
            } else if !bare(stored) {
                stored.to_owned()
            } else if quantity.nano % NANO == 0 {
                format!("{}k", places(quantity.nano / NANO, 3))
            } else {
                format!("{}n", quantity.nano)
            }
        }
    }
}

#[cfg(test)]
#[path = "quantity_tests.rs"]
mod tests;
