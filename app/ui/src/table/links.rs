//! Addresses that change the query of a table.

use model::links::{decode, encode};
use model::table::{Query, TableSource};

/// Where a table's page is, and with which query.
#[derive(Clone)]
pub(super) struct Place {
    base: String,
    query: Query,
}

impl Place {
    pub(super) fn new(base: &str, query: &Query) -> Self {
        Self { base: base.to_owned(), query: query.clone() }
    }

    /// The address with a changed query. Any change but turning the page goes back to the first page.
    pub(super) fn with(&self, change: impl FnOnce(&mut Query)) -> String {
        self.exactly(|query| {
            query.page = 1;
            change(query);
        })
    }

    pub(super) fn page(&self, page: usize) -> String {
        self.exactly(|query| query.page = page)
    }

    fn exactly(&self, change: impl FnOnce(&mut Query)) -> String {
        let mut query = self.query.clone();
        change(&mut query);
        let text = query.to_url();
        match (text.is_empty(), self.base.contains('?')) {
            (true, _) => self.base.clone(),
            (false, true) => format!("{}&{text}", self.base),
            (false, false) => format!("{}?{text}", self.base),
        }
    }

    /// Address of a GET form and the hidden pairs that it must carry, so that only what the form asks changes.
    pub(super) fn form(&self, change: impl FnOnce(&mut Query)) -> (String, Vec<(String, String)>) {
        let full = self.with(change);
        let (path, query) = full.split_once('?').unwrap_or((full.as_str(), ""));
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (key.to_owned(), decode(value, true))
            })
            .collect();
        (path.to_owned(), pairs)
    }

    /// All rows that match, as a file.
    pub(super) fn csv(&self, source: &TableSource) -> Option<String> {
        let source = serde_json::to_string(source).ok()?;
        Some(format!("/api/table/csv?source={}&{}", encode(&source), self.query.to_url()))
    }
}
