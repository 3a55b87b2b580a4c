//! The one function that draws a cell: server, live patch and detail page cannot differ.

use crate::parts::{badge, image, labels_view, meter, middle, ratio, state_chip};
use crate::time::time;
use crate::{Labels, icon_styled};
use model::table::{Cell, Family};
use view::prelude::*;

/// Draws a cell.
#[must_use]
pub fn cell(cell: &Cell, labels: &Labels) -> View {
    match cell {
        Cell::Empty => view! { <span class="text-ink-3">"–"</span> },
        Cell::Text { text, mono: true } => {
            view! { <span class="g-mono text-ink-2" title=text.clone()>{text.clone()}</span> }
        }
        Cell::Text { text, mono: false } => view! { <span title=text.clone()>{text.clone()}</span> },
        Cell::Link { text, href, mono, tail } => middle(text, usize::from(*tail), Some(href), *mono),
        Cell::State(state) => state_chip(state, false),
        Cell::Ratio { have, want, family } => ratio(*have, *want, *family),
        Cell::Quantity { text, .. } => view! { <span>{text.clone()}</span> },
        Cell::Meter { requested, used, text } => allocation(*requested, *used, text, labels),
        Cell::Time { at, relative } => time(*at, *relative, labels),
        Cell::Images(images) => several(images.iter().map(|text| image(text)).next(), images.len(), &images.join("\n")),
        Cell::Labels(pairs) => labels_view(pairs),
        Cell::Count { n, family } => count(*n, *family),
        Cell::List(texts) => several(
            texts.first().map(|text| view! { <span class="g-clip">{text.clone()}</span> }),
            texts.len(),
            &texts.join("\n"),
        ),
        Cell::Stack { main, sub } => view! {
            <div class="min-w-0">
                <div class="min-w-0 g-clip">{self::cell(main, labels)}</div>
                <div class="g-sub">{self::cell(sub, labels)}</div>
            </div>
        },
        Cell::Badge { text, production } => badge(text, *production),
    }
}

/// The first of several with "+n"; all of them are in the title.
fn several(first: Option<View>, n: usize, title: &str) -> View {
    let Some(first) = first else { return cell(&Cell::Empty, &Labels::default()) };
    if n < 2 {
        return first;
    }
    view! {
        <span class="g-several" title=title.to_owned()>
            {first}
            <small>{format!("+{}", n - 1)}</small>
        </span>
    }
}

fn count(n: i64, family: Option<Family>) -> View {
    let class = match family {
        Some(Family::Error) => "font-semibold text-err",
        Some(Family::Warning) => "font-semibold text-warn",
        _ if n == 0 => "text-ink-3",
        _ => "",
    };
    view! { <span class=class>{thousands(n)}</span> }
}

/// Groups of three digits.
#[must_use]
pub(crate) fn thousands(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::new();
    if n < 0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

pub(crate) fn percent(part: f64) -> String {
    format!("{}%", (part * 100.0).round() as i64)
}

/// Numbers over the bar: requested decides the colour (85 % amber, 90 % red), used stands beside it.
fn allocation(requested: Option<f64>, used: Option<f64>, text: &str, labels: &Labels) -> View {
    let Some(shown) = requested.or(used) else {
        return view! { <span class="text-ink-3" title=text.to_owned()>{labels.get("ui-unknown")}</span> };
    };
    let (class, warn) = match shown {
        x if x >= 0.9 => ("font-medium text-err", true),
        x if x >= 0.85 => ("font-medium text-warn", true),
        _ => ("font-medium", false),
    };
    let used_text = match (requested, used) {
        (Some(_), Some(used)) => labels.fill("ui-meter-used", &[("n", &percent(used))]),
        _ => String::new(),
    };
    view! {
        <div title=text.to_owned()>
            <div class="flex items-center gap-1.5 text-xs leading-4 mb-1">
                <b class=format!("{class} inline-flex items-center gap-1")>
                    {warn.then(|| icon_styled("triangle-alert", "g-i", "width:12px;height:12px"))} {percent(shown)}
                </b>
                <span class="text-ink-3 ml-auto">{used_text}</span>
            </div>
            {meter(requested, used, None, false)}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn numbers_have_groups() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(-123), "-123");
    }
}
