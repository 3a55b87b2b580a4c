//! Lines written for terminals: colours become spans, carriage returns and backspaces do what they do on a terminal, all
//! other codes vanish. What is copied and searched is the plain text.

use std::fmt::Write as _;

/// A colour of the 16, of the 256 (as RGB) or a true one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Color {
    Named(u8),
    Rgb(u8, u8, u8),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    fg: Option<Color>,
    bg: Option<Color>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    inverse: bool,
}

/// A line as it stands on a terminal in the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    pub plain: String,
    /// Byte ranges of `plain` with their style, in order, without gaps.
    pub spans: Vec<(usize, usize, Style)>,
}

/// Whether a line needs more than to be shown as it is.
pub(super) fn has_codes(text: &str) -> bool {
    text.bytes().any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f)
}

/// Runs the codes of one line. Longer lines than this are cut for drawing.
const MAX_COLUMNS: usize = 20_000;

pub(super) fn draw(text: &str) -> Drawn {
    if !has_codes(text) {
        return Drawn { plain: text.to_owned(), spans: vec![(0, text.len(), Style::default())] };
    }
    let mut cells: Vec<(char, Style)> = Vec::with_capacity(text.len().min(MAX_COLUMNS));
    let mut style = Style::default();
    let mut at = 0;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => match chars.next() {
                Some('[') => {
                    let (parameters, end) = sequence(&mut chars);
                    control(&parameters, end, &mut style, &mut cells, &mut at);
                }
                // Titles and links: up to their end, which is BEL or ESC \.
                Some(']' | 'P' | '_' | '^') => {
                    while let Some(char) = chars.next() {
                        if char == '\u{7}' || (char == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                Some('(' | ')') => drop(chars.next()),
                _ => {}
            },
            '\r' => at = 0,
            '\u{8}' => at = at.saturating_sub(1),
            '\t' => put(&mut cells, &mut at, '\t', style),
            char if (char as u32) < 0x20 || char == '\u{7f}' => {}
            char => put(&mut cells, &mut at, char, style),
        }
    }
    collect(&cells)
}

fn put(cells: &mut Vec<(char, Style)>, at: &mut usize, char: char, style: Style) {
    if *at >= MAX_COLUMNS {
        return;
    }
    if *at < cells.len() {
        cells[*at] = (char, style);
    } else {
        cells.resize(*at, (' ', Style::default()));
        cells.push((char, style));
    }
    *at += 1;
}

fn sequence(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> (Vec<u16>, char) {
    let mut parameters = vec![0_u16];
    for char in chars.by_ref() {
        match char {
            '0'..='9' => {
                if let Some(last) = parameters.last_mut() {
                    *last = last.saturating_mul(10).saturating_add(char as u16 - '0' as u16);
                }
            }
            ';' | ':' if parameters.len() < 32 => parameters.push(0),
            ';' | ':' => {}
            '\u{40}'..='\u{7e}' => return (parameters, char),
            _ => {}
        }
    }
    (parameters, ' ')
}

fn control(parameters: &[u16], end: char, style: &mut Style, cells: &mut Vec<(char, Style)>, at: &mut usize) {
    let first = usize::from(parameters.first().copied().unwrap_or(0));
    match end {
        'm' => colors(parameters, style),
        'K' => match first {
            0 => cells.truncate(*at),
            1 => {
                let end = (*at + 1).min(cells.len());
                cells[..end].fill((' ', Style::default()));
            }
            _ => cells.clear(),
        },
        'C' => *at = (*at + first.max(1)).min(MAX_COLUMNS - 1),
        'D' => *at = at.saturating_sub(first.max(1)),
        'G' => *at = first.saturating_sub(1).min(MAX_COLUMNS - 1),
        _ => {}
    }
}

fn colors(parameters: &[u16], style: &mut Style) {
    let mut rest = parameters.iter().copied();
    while let Some(code) = rest.next() {
        match code {
            0 => *style = Style::default(),
            1 => style.bold = true,
            2 => style.dim = true,
            3 => style.italic = true,
            4 => style.underline = true,
            7 => style.inverse = true,
            22 => (style.bold, style.dim) = (false, false),
            23 => style.italic = false,
            24 => style.underline = false,
            27 => style.inverse = false,
            30..=37 => style.fg = Some(Color::Named((code - 30) as u8)),
            39 => style.fg = None,
            40..=47 => style.bg = Some(Color::Named((code - 40) as u8)),
            49 => style.bg = None,
            90..=97 => style.fg = Some(Color::Named((code - 82) as u8)),
            100..=107 => style.bg = Some(Color::Named((code - 92) as u8)),
            38 => style.fg = extended(&mut rest).or(style.fg),
            48 => style.bg = extended(&mut rest).or(style.bg),
            _ => {}
        }
    }
}

/// `5;n` of the 256, `2;r;g;b` true.
fn extended(rest: &mut impl Iterator<Item = u16>) -> Option<Color> {
    let byte = |n: u16| n.min(255) as u8;
    match rest.next()? {
        5 => Some(match rest.next()? {
            n @ 0..=15 => Color::Named(n as u8),
            n @ 16..=231 => {
                let level = |n: u16| if n == 0 { 0 } else { (55 + n * 40) as u8 };
                let n = n - 16;
                Color::Rgb(level(n / 36), level(n / 6 % 6), level(n % 6))
            }
            n => {
                let grey = (8 + (n.min(255) - 232) * 10) as u8;
                Color::Rgb(grey, grey, grey)
            }
        }),
        2 => Some(Color::Rgb(byte(rest.next()?), byte(rest.next()?), byte(rest.next()?))),
        _ => None,
    }
}

fn collect(cells: &[(char, Style)]) -> Drawn {
    let mut out = Drawn::default();
    for (char, style) in cells {
        let start = out.plain.len();
        out.plain.push(*char);
        match out.spans.last_mut() {
            Some((_, end, last)) if last == style => *end = out.plain.len(),
            _ => out.spans.push((start, out.plain.len(), *style)),
        }
    }
    out
}

impl Style {
    /// Class and inline style of a span; `None` for plain text.
    pub(super) fn attributes(self) -> Option<String> {
        if self == Self::default() {
            return None;
        }
        let (fg, bg) = if self.inverse {
            (self.bg.or(Some(Color::Named(0))), self.fg.or(Some(Color::Named(7))))
        } else {
            (self.fg, self.bg)
        };
        let mut class = String::new();
        let mut style = String::new();
        match fg {
            // Colours are mixed with the ink, so that they can be read on both grounds.
            Some(Color::Named(n)) => _ = write!(class, "g-fg{n} "),
            Some(Color::Rgb(r, g, b)) => {
                _ = write!(style, "color:color-mix(in oklab,rgb({r} {g} {b}) 60%,var(--ink));");
            }
            None => {}
        }
        match bg {
            Some(Color::Named(n)) => _ = write!(class, "g-bg{n} "),
            Some(Color::Rgb(r, g, b)) => {
                _ = write!(style, "background:color-mix(in oklab,rgb({r} {g} {b}) 35%,var(--panel));");
            }
            None => {}
        }
        for (on, name) in
            [(self.bold, "g-bold "), (self.dim, "g-dim "), (self.italic, "g-italic "), (self.underline, "g-under ")]
        {
            if on {
                class.push_str(name);
            }
        }
        let mut out = String::new();
        if !class.is_empty() {
            _ = write!(out, " class=\"{}\"", class.trim_end());
        }
        if !style.is_empty() {
            _ = write!(out, " style=\"{style}\"");
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        draw(text).plain
    }

    /// [W-107] Colours are drawn, the text stays plain.
    #[test]
    fn colours_of_all_kinds() {
        let drawn = draw("a \u{1b}[1;31mred\u{1b}[0m \u{1b}[38;5;208mo\u{1b}[38;2;1;2;3mt\u{1b}[m.");
        assert_eq!(drawn.plain, "a red ot.");
        let styles: Vec<_> = drawn.spans.iter().map(|(_, _, style)| style.attributes()).collect();
        assert_eq!(styles[0], None);
        assert_eq!(styles[1].as_deref(), Some(" class=\"g-fg1 g-bold\""));
        assert!(styles[3].as_deref().is_some_and(|style| style.contains("rgb(255 135 0)")));
        assert!(styles[4].as_deref().is_some_and(|style| style.contains("rgb(1 2 3)")));
    }

    /// [W-107] Progress bars and overtyping end as they end on a terminal.
    #[test]
    fn carriage_returns_backspaces_and_erasing() {
        assert_eq!(plain("10%\r50%\r100%"), "100%");
        assert_eq!(plain("abc\rX"), "Xbc");
        assert_eq!(plain("abc\u{8}\u{8}Z"), "aZc");
        assert_eq!(plain("abcdef\r\u{1b}[Kxy"), "xy");
        assert_eq!(plain("abc\u{1b}[2Dz"), "azc");
        assert_eq!(plain("windows\r"), "windows");
    }

    #[test]
    fn foreign_and_broken_codes_vanish() {
        assert_eq!(plain("\u{1b}]0;title\u{7}x\u{1b}]8;;http://a\u{1b}\\link\u{1b}[?25l"), "xlink");
        assert_eq!(plain("\u{1b}"), "");
        assert_eq!(plain("\u{1b}[999999999999999999C!").len(), MAX_COLUMNS);
        assert_eq!(plain("a\u{0}b\u{7f}名字"), "ab名字");
        assert_eq!(plain("\u{1b}[38;5m\u{1b}[48;2;1mx"), "x");
    }
}
