//! CSV of the cells that the table shows (RFC 4180, with the byte order mark that spreadsheet programs need for
//! Chinese).

use model::table::Cell;

/// Builds the text row by row.
pub struct Csv {
    text: String,
}

impl Default for Csv {
    fn default() -> Self {
        Self { text: "\u{feff}".to_owned() }
    }
}

impl Csv {
    /// A file with its line of heads.
    #[must_use]
    pub fn new<'a>(heads: impl IntoIterator<Item = &'a str>) -> Self {
        let mut out = Self::default();
        out.line(heads.into_iter().map(str::to_owned));
        out
    }

    /// A row of cells, already translated.
    pub fn row(&mut self, cells: &[Cell]) {
        self.line(cells.iter().map(plain));
    }

    fn line(&mut self, fields: impl IntoIterator<Item = String>) {
        for (index, field) in fields.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            self.text.push_str(&field_text(&field));
        }
        self.text.push_str("\r\n");
    }

    /// What has been written since the last call, for streaming.
    #[must_use]
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

/// Times as RFC 3339, everything else as the table copies it.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Time { at, .. } => {
            jiff::Timestamp::from_millisecond(*at).map_or_else(|_| String::new(), |at| at.to_string())
        }
        other => other.plain(),
    }
}

/// Quotes where needed. A field that a spreadsheet would take for a formula starts with an apostrophe (OWASP "CSV
/// injection"); numbers stay numbers.
fn field_text(field: &str) -> String {
    let risky = field.starts_with(['=', '+', '-', '@', '\t', '\r']) && field.parse::<f64>().is_err();
    let field = if risky { format!("'{field}") } else { field.to_owned() };
    if field.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cluster can name things so that a spreadsheet would run them [W-19].
    #[test]
    fn formulas_are_text() {
        let mut csv = Csv::new(["Name", "Labels"]);
        csv.row(&[Cell::text("=HYPERLINK(\"http://x\")"), Cell::text("a,b\nc")]);
        csv.row(&[Cell::Count { n: -3, family: None }, Cell::Time { at: 0, relative: true }]);
        csv.row(&[Cell::text("@SUM(1)"), Cell::Empty]);
        assert_eq!(
            csv.take(),
            "\u{feff}Name,Labels\r\n\"'=HYPERLINK(\"\"http://x\"\")\",\"a,b\nc\"\r\n-3,1970-01-01T00:00:00Z\r\n'@SUM(1),\r\n"
        );
        assert_eq!(csv.take(), "");
    }
}
