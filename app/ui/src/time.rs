//! Times and ages. The server draws them once; in the browser one ticker keeps all ages of a page true and shows
//! absolute times in the reader's own zone.

use crate::Labels;
use crate::browser;
use view::prelude::*;

/// How far the server's clock is from that of the browser, in milliseconds.
#[cfg(target_arch = "wasm32")]
static AHEAD: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);

/// Takes over the server's clock where the browser's is wrong by more than the way of a page: an age is the server's.
pub(crate) fn set_clock(server: i64) {
    #[cfg(target_arch = "wasm32")]
    {
        let ahead = server - js_sys::Date::now() as i64;
        if ahead.abs() > 30_000 {
            AHEAD.store(ahead, std::sync::atomic::Ordering::Relaxed);
        }
    }
    #[cfg(not(target_arch = "wasm32"))]
    let _ = server;
}

/// Milliseconds since 1970.
#[must_use]
pub fn now() -> i64 {
    #[cfg(target_arch = "wasm32")]
    let now = js_sys::Date::now() as i64 + AHEAD.load(std::sync::atomic::Ordering::Relaxed);
    #[cfg(not(target_arch = "wasm32"))]
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    now
}

/// A time: an age with the absolute time on hover when `relative`, else date and time.
#[must_use]
pub fn time(at: i64, relative: bool, labels: &Labels) -> View {
    let absolute = absolute(at);
    let text = if relative { age(at, now(), labels) } else { absolute.clone() };
    view! {
        <time data-at=at.to_string() data-age=relative.then(|| units(labels)) title=absolute>
            {text}
        </time>
    }
}

const UNITS: [&str; 4] = ["ui-age-seconds", "ui-age-minutes", "ui-age-hours", "ui-age-days"];

/// The four templates in one attribute, so that the ticker needs no texts of its own.
fn units(labels: &Labels) -> String {
    UNITS.map(|key| labels.get(key)).join("|")
}

/// `3d`, `4h`, `12m`, `7s`: one unit, rounded down, as kubectl does it.
#[must_use]
pub fn age(at: i64, now: i64, labels: &Labels) -> String {
    let (unit, n) = age_parts(at, now);
    labels.fill(UNITS[unit], &[("n", &n.to_string())])
}

const fn age_parts(at: i64, now: i64) -> (usize, i64) {
    let seconds = (now - at) / 1000;
    match seconds {
        s if s < 0 => (0, 0),
        s if s < 120 => (0, s),
        s if s < 2 * 3600 => (1, s / 60),
        s if s < 48 * 3600 => (2, s / 3600),
        s => (3, s / 86_400),
    }
}

/// `2026-11-25 08:05:09` with its zone: UTC on the server, the reader's own in the browser.
#[must_use]
pub fn absolute(at: i64) -> String {
    #[cfg(target_arch = "wasm32")]
    let offset_minutes = -(js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at as f64)).get_timezone_offset() as i64);
    #[cfg(not(target_arch = "wasm32"))]
    let offset_minutes = 0;
    civil(at, offset_minutes)
}

/// Time of day only, for marks that speak of today.
#[must_use]
pub fn clock(at: i64) -> String {
    absolute(at).chars().skip(11).take(8).collect()
}

/// The proleptic Gregorian date of a day number (Howard Hinnant's `civil_from_days`), with time and zone.
fn civil(at: i64, offset_minutes: i64) -> String {
    let seconds = at.div_euclid(1000) + offset_minutes * 60;
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let zone = if offset_minutes == 0 {
        "UTC".to_owned()
    } else {
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}:{:02}", offset_minutes.abs() / 60, offset_minutes.abs() % 60)
    };
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} {zone}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Starts the page's ticker: every second while the page is young, later every ten.
pub(crate) fn start_ticker() {
    let server = browser::document().and_then(|document| document.document_element()?.get_attribute("data-now"));
    if let Some(server) = server.and_then(|text| text.parse().ok()) {
        set_clock(server);
    }
    tick();
    set_interval(
        || {
            if !browser::hidden() {
                tick();
            }
        },
        std::time::Duration::from_secs(1),
    );
}

/// Brings all times of the page up to date.
pub(crate) fn tick() {
    let now = now();
    browser::each("time[data-at]", |element| {
        let Some(at) = element.get_attribute("data-at").and_then(|at| at.parse::<i64>().ok()) else { return };
        let absolute = absolute(at);
        let text = match element.get_attribute("data-age") {
            Some(units) => {
                let (unit, n) = age_parts(at, now);
                units.split('|').nth(unit).unwrap_or("{$n}").replace("{$n}", &n.to_string())
            }
            None => absolute.clone(),
        };
        // The text node is changed in place: an island may hold it.
        if let Some(node) = element.first_child()
            && node.node_value().as_deref() != Some(&text)
        {
            node.set_node_value(Some(&text));
        }
        if element.get_attribute("title").as_deref() != Some(&absolute) {
            browser::set_attribute(element, "title", &absolute);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_kinds_of_years() {
        assert_eq!(civil(0, 0), "1970-01-01 00:00:00 UTC");
        assert_eq!(civil(951_782_400_000, 0), "2000-02-29 00:00:00 UTC");
        assert_eq!(civil(1_773_297_127_000, 480), "2026-03-12 14:32:07 +08:00");
        assert_eq!(civil(-1000, -210), "1969-12-31 20:29:59 -03:30");
    }

    #[test]
    fn ages_have_one_unit_and_are_never_negative() {
        assert_eq!(age_parts(0, 119_999), (0, 119));
        assert_eq!(age_parts(0, 120_000), (1, 2));
        assert_eq!(age_parts(0, 7_200_000), (2, 2));
        assert_eq!(age_parts(0, 172_800_000), (3, 2));
        assert_eq!(age_parts(5000, 0), (0, 0));
    }
}
