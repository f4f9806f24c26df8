//! A site: a Store in memory, a fixed clock, and its pages.

use std::sync::Arc;

use http::{Request, Response};
use roxmltree::Document;
use staste_core::{Axis, Clock, MemoryStore, Metrica, Staste};
use staste_web::{Web, WebOptions};

/// 2023-11-14 22:13:20 UTC.
pub(crate) const NOW: i64 = 1_700_000_000;

pub(crate) struct Site {
    pub(crate) guests: Metrica,
    pub(crate) web: Web,
}

impl Site {
    /// Guests by gender, age and page, with what they spent.
    pub(crate) fn new() -> Site {
        Site::with(WebOptions::default())
    }

    pub(crate) fn with(options: WebOptions) -> Site {
        let store = Arc::new(MemoryStore::new());
        let staste =
            Staste::with(store, Clock::fixed(NOW), staste_core::RecorderOptions::default().flush_every(None));
        let guests = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"]));
        let guests = guests.axis("age", Axis::stored()).axis("page", Axis::path()).averaged().multiplier(100);
        let guests = guests.build().unwrap();
        guests.define().unwrap();
        Site { guests, web: Web::new(staste, options) }
    }

    pub(crate) fn get(&self, address: &str) -> Response<Vec<u8>> {
        self.web.answer(&Request::get(address).body(()).unwrap())
    }

    /// The body of a page with status 200.
    pub(crate) fn read(&self, address: &str) -> String {
        let response = self.get(address);
        let (status, text) = (response.status(), String::from_utf8(response.into_body()).unwrap());
        assert_eq!(status, 200, "{address}: {text}");
        text
    }

    /// The rows of the table of a figure, as text.
    pub(crate) fn table(&self, address: &str, figure: &str) -> Vec<Vec<String>> {
        let page = self.read(address);
        let figure = figure_of(&page, figure);
        let document = Document::parse(&figure).unwrap();
        let rows =
            document.descendants().filter(|node| node.has_tag_name("tbody")).flat_map(|body| body.children());
        rows.map(|row| {
            row.children()
                .map(|cell| {
                    cell.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect()
                })
                .collect()
        })
        .collect()
    }
}

/// The figure of an id, cut out of a page.
pub(crate) fn figure_of(page: &str, id: &str) -> String {
    let at = page.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id} in {page}"));
    let from = page[..at].rfind("<figure").unwrap();
    let to = from + page[from..].find("</figure>").unwrap() + "</figure>".len();
    page[from..to].to_owned()
}
