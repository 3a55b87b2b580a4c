//! Parts that show one value.

use crate::{Labels, icon, icon_colored, icon_styled};
use model::change::{DiffLine, Verdict};
use model::table::{Family, State};
use view::prelude::*;

pub(crate) const fn state_icon(family: Family) -> &'static str {
    match family {
        Family::Success => "circle-check",
        Family::Progress => "loader-circle",
        Family::Warning => "triangle-alert",
        Family::Error => "circle-x",
        Family::Neutral => "circle-minus",
    }
}

/// Icon and token colour of a verdict.
pub(crate) const fn verdict_icon(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Created => ("plus", "ok"),
        Verdict::Changed => ("pencil", "prog"),
        Verdict::Unchanged => ("equal", "mute"),
        Verdict::Deleted => ("trash-2", "err"),
        Verdict::Refused => ("ban", "err"),
    }
}

/// Icon, word and colour of a state; `boxed` in page heads. The cluster's own message is in the title.
#[must_use]
pub fn state_chip(state: &State, boxed: bool) -> View {
    let class = if boxed { "g-state g-state--box" } else { "g-state" };
    let spin = if state.family == Family::Progress { "g-i g-spin" } else { "g-i" };
    view! {
        <span class=class data-s=state.family.short() title=state.hint.clone()>
            {icon(state_icon(state.family), spin)}
            <span class="g-clip">{state.word.clone()}</span>
        </span>
    }
}

/// A name cut in its middle: only the front shrinks, the last `tail` characters stay. Copied as one text.
#[must_use]
pub fn middle(text: &str, tail: usize, href: Option<&str>, mono: bool) -> View {
    let count = text.chars().count();
    let cut = if tail == 0 || count <= tail + 8 { count } else { count - tail };
    let front: String = text.chars().take(cut).collect();
    let back: String = text.chars().skip(cut).collect();
    let back = (!back.is_empty()).then(|| view! { <span>{back}</span> });
    let face = if mono { "g-mid g-mono" } else { "g-mid" };
    match href {
        Some(href) => view! {
            <a class=format!("{face} g-link") href=href.to_owned() title=text.to_owned()>
                <span>{front}</span>
                {back}
            </a>
        },
        None => view! {
            <span class=face title=text.to_owned()>
                <span>{front}</span>
                {back}
            </span>
        },
    }
}

/// An image reference: the path shrinks, tag or digest never do. The host is left out when it has a path behind it.
#[must_use]
pub fn image(reference: &str) -> View {
    let short = match reference.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest,
        _ => reference,
    };
    let (front, back) = split_tag(short);
    let back = (!back.is_empty()).then(|| view! { <span>{back.to_owned()}</span> });
    view! {
        <span class="g-mid g-mono" title=reference.to_owned()>
            <span>{front.to_owned()}</span>
            {back}
        </span>
    }
}

/// Name and tag; of a digest only the algorithm and twelve characters are shown.
fn split_tag(short: &str) -> (&str, &str) {
    if let Some(at) = short.find('@') {
        let digest = &short[at..];
        let end = digest.find(':').map_or(digest.len(), |colon| (colon + 13).min(digest.len()));
        return (&short[..at], digest.get(..end).unwrap_or(digest));
    }
    match short.rfind(':') {
        Some(at) if !short[at..].contains('/') => short.split_at(at),
        _ => (short, ""),
    }
}

/// The first label and how many more there are.
#[must_use]
pub fn labels_view(pairs: &[(String, String)]) -> View {
    let Some((key, value)) = pairs.first() else {
        return view! { <span class="text-ink-3">"–"</span> };
    };
    let all = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("\n");
    let first = if value.is_empty() { key.clone() } else { format!("{key}={value}") };
    view! {
        <span class="g-several" title=all>
            <span class="g-mono text-ink-2 g-clip">{first}</span>
            {(pairs.len() > 1).then(|| view! { <small>{format!("+{}", pairs.len() - 1)}</small> })}
        </span>
    }
}

/// `have` of `want`; `have` is coloured only when it is trouble.
#[must_use]
pub fn ratio(have: i64, want: i64, family: Family) -> View {
    let class = match family {
        Family::Error => "font-semibold text-err",
        Family::Warning => "font-semibold text-warn",
        _ => "",
    };
    view! {
        <span>
            <span class=class>{have.to_string()}</span>
            <span class="text-ink-3">{format!("/{want}")}</span>
        </span>
    }
}

/// The allocation bar: pale = requested, solid = used, tick = limits; parts of what can be allocated.
#[must_use]
pub fn meter(requested: Option<f64>, used: Option<f64>, limits: Option<f64>, large: bool) -> View {
    let width = |part: f64| {
        let permille = (part.clamp(0.0, 1.0) * 1000.0).round() as u16;
        format!("width:{}.{}%", permille / 10, permille % 10)
    };
    let family = match requested.or(used) {
        None => Some("mute"),
        Some(x) if x >= 0.9 => Some("err"),
        Some(x) if x >= 0.85 => Some("warn"),
        Some(_) => None,
    };
    view! {
        <div class=if large { "g-meter g-meter--lg" } else { "g-meter" } data-s=family aria-hidden="true">
            {requested.map(|part| view! { <i style=width(part)></i> })}
            {used.map(|part| view! { <b style=width(part)></b> })}
            {limits
                .map(|part| view! { <u style=format!("left:{:.1}%", part.clamp(0.0, 0.996) * 100.0)></u> })}
        </div>
    }
}

/// The badge of a cluster's purpose; production is the only filled one.
#[must_use]
pub fn badge(word: &str, production: bool) -> View {
    let class = if production { "g-badge g-badge--prod" } else { "g-badge g-badge--plain" };
    view! {
        <span class=class>
            {production.then(|| icon_styled("shield", "g-i", "width:11px;height:11px"))} {word.to_owned()}
        </span>
    }
}

/// Pairs of a label and a value.
#[must_use]
pub fn fields(pairs: Vec<(String, View)>) -> View {
    let pairs = pairs.into_iter().map(|(label, value)| view! { <dt>{label}</dt><dd>{value}</dd> }).collect_view();
    view! { <dl class="g-kv">{pairs}</dl> }
}

/// A difference with line numbers; long runs without change are folded to one line.
#[must_use]
pub fn diff(lines: &[DiffLine], labels: &Labels) -> View {
    let mut rows: Vec<View> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let run = lines[at..].iter().take_while(|line| line.sign == ' ').count();
        if run > 2 * CONTEXT + 2 {
            // Three lines of context on each side; none before the first and behind the last change.
            let head = if at == 0 { 0 } else { CONTEXT };
            let tail = if at + run == lines.len() { 0 } else { CONTEXT };
            rows.extend(lines[at..at + head].iter().map(diff_line));
            let folded = (run - head - tail).to_string();
            let text = labels.fill("ui-diff-folded", &[("n", &folded)]);
            rows.push(view! { <div class="h"><span></span><span></span><span></span><span>{text}</span></div> });
            rows.extend(lines[at + run - tail..at + run].iter().map(diff_line));
            at += run;
        } else {
            rows.push(diff_line(&lines[at]));
            at += 1;
        }
    }
    view! { <div class="g-diff g-code">{rows}</div> }
}

const CONTEXT: usize = 3;

fn diff_line(line: &DiffLine) -> View {
    let (class, sign) = match line.sign {
        '+' => ("a", "+"),
        '-' => ("d", "−"),
        '~' => ("w", "~"),
        _ => ("", ""),
    };
    let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
    view! {
        <div class=class>
            <span>{number(line.old_line)}</span>
            <span>{number(line.new_line)}</span>
            <span>{sign}</span>
            <span title=line.text.clone()>{visible(&line.text)}</span>
        </div>
    }
}

/// Makes the invisible visible: carriage returns, tabs inside a line, blanks at its end.
fn visible(text: &str) -> String {
    let kept = text.trim_end_matches([' ', '\t', '\r']);
    let tail: String = text[kept.len()..]
        .chars()
        .map(|c| match c {
            '\r' => '␍',
            '\t' => '→',
            _ => '·',
        })
        .collect();
    format!("{kept}{tail}").replace('\u{2028}', "␤")
}

/// A word with its icon in a colour, for counts of verdicts.
pub(crate) fn verdict_mark(verdict: Verdict, word: String, n: usize) -> View {
    let (name, color) = verdict_icon(verdict);
    view! {
        <span class="g-state">
            {icon_colored(name, "g-i", color)} {word} " " <b class="font-semibold">{n.to_string()}</b>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_all_spellings() {
        assert_eq!(split_tag("payment/gateway:v2"), ("payment/gateway", ":v2"));
        assert_eq!(split_tag("gateway"), ("gateway", ""));
        assert_eq!(split_tag("host:5000/a"), ("host:5000/a", ""));
        let digest = format!("a@sha256:{}", "0123456789abcdef".repeat(4));
        assert_eq!(split_tag(&digest), ("a", "@sha256:0123456789ab"));
    }

    #[test]
    fn blanks_at_the_end_are_seen() {
        assert_eq!(visible("a: b \t\r"), "a: b·→␍");
        assert_eq!(visible("  a"), "  a");
    }
}
