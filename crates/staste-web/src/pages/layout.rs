//! `Layout`: the HTML document around the body of a page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::assets::{STYLE, VERSION};
use crate::drawing::SafeText;

/// The frame of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<'a> {
    /// The path that every address starts with.
    pub(crate) base: &'a str,
    pub(crate) title: &'a str,
    /// True when the numbers of the page may still change.
    pub(crate) is_live: bool,
}

impl Layout<'_> {
    /// A page with its heading.
    pub(crate) fn page(&self, heading: &Markup, body: &Markup) -> Markup {
        self.document(&html! {
            header.bar {
                a.home href=(home(self.base)) {
                    img src=(self.asset("icon.svg")) width="24" height="24" alt="";
                    span { "Staste" }
                }
                (heading)
            }
            main { (body) }
        })
    }

    /// A page that is shown within another.
    pub(crate) fn frame(&self, body: &Markup) -> Markup {
        self.document(&html! { main.framed { (body) } })
    }

    /// A page with a message, below a warning, and a link to the same page without its query.
    pub(crate) fn message(&self, warning: &Markup, message: &str, without_query: Option<&str>) -> Markup {
        let body = html! {
            (warning)
            section.card.message {
                h1 { (SafeText::from(capitalized(message))) }
                @if let Some(address) = without_query { p { a href=(address) { "Show the page without these settings" } } }
                p { a href=(home(self.base)) { "To all metricas" } }
            }
        };
        self.page(&html! {}, &body)
    }

    fn asset(&self, name: &str) -> String {
        format!("{}/static/{}/{name}", self.base, *VERSION)
    }

    fn document(&self, body: &Markup) -> Markup {
        let head = html! {
            link rel="icon" href=(self.asset("icon.svg"));
            link rel="stylesheet" href=(self.asset("staste.css"));
            script src=(self.asset("staste.js")) defer {}
        };
        document(self.title, &head, &html! { body data-live[self.is_live] { (body) } })
    }
}

/// A page of one chart that loads nothing: its style is inline, and it has no script.
pub(crate) fn standalone(title: &str, card: &Markup) -> Markup {
    let style = html! { style { (PreEscaped(STYLE.as_str())) } };
    document(title, &style, &html! { body { main.framed { section.card { (card) } } } })
}

/// Returns a message that starts like a sentence.
fn capitalized(message: &str) -> String {
    let mut characters = message.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn document(title: &str, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="robots" content="noindex";
                title { (title) }
                (head)
            }
            (body)
        }
    }
}

/// The address of the overview, which ends in a slash.
pub(crate) fn home(base: &str) -> String {
    format!("{base}/")
}
