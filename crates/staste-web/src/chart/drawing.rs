//! `Drawing`: what every chart comes to, and how it is put on a page or into a file.

use maud::{Markup, PreEscaped, html};

use super::coordinate::Px;
use super::name::Name;
use super::style::{Theme, style};
use super::table::Table;
use super::text::fit;

/// What a chart is called, for those who see it and those who do not.
#[derive(Clone, Debug)]
pub struct Meta {
    /// An id that no other chart of the page has: letters, digits and `-`.
    pub id: String,
    /// What is shown: `Guests by hour`.
    pub title: Name,
    /// What there is to see, in a sentence.
    pub description: Name,
}

/// The colour of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The nth of a series, from 0.
    Nth(usize),
    /// What is left over, and choices past a cap.
    Rest,
}

/// How many colours there are before they come again.
pub(super) const INKS: usize = 12;

impl Ink {
    pub(super) fn number(self) -> usize {
        match self {
            Ink::Nth(index) => index % INKS + 1,
            Ink::Rest => 0,
        }
    }
}

/// A name in the legend.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) ink: Ink,
    pub(super) name: Name,
}

/// A chart that was drawn. Its horizontal places are shares of the width, so that it fits any, and texts keep
/// their size.
///
/// ```
/// use staste_web::chart::{Donut, Ink, Meta, Number, Slice, Theme};
/// let slice = Slice { name: "girl".into(), number: Number::count(38), ink: Ink::Nth(0), link: None };
/// let meta = Meta { id: "gender".into(), title: "Guests by gender".into(), description: "One gender.".into() };
/// let drawing = Donut { slices: vec![slice], total: Number::count(38), noun: "total".into() }.draw(&meta);
/// assert!(drawing.figure().into_string().starts_with("<figure"));
/// assert!(drawing.file(600.0, Theme::Light).starts_with("<svg"));
/// ```
#[derive(Clone, Debug)]
pub struct Drawing {
    pub(super) meta: Meta,
    pub(super) kind: &'static str,
    /// How high the plot is, with what stands below it; on a page and in a file.
    pub(super) height: f64,
    pub(super) file_height: f64,
    /// How much room labels take beside the plot.
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) body: Markup,
    pub(super) keys: Vec<Key>,
    pub(super) table: Table,
    /// Where the rows of the table lead, as their parts of the picture do.
    pub(super) links: Vec<Option<String>>,
    /// Charts that bring their numbers along need no table beside them.
    pub(super) side: Option<Markup>,
}

/// Above this many rows a table is longer than anybody reads.
const MOST_ROWS: usize = 500;
const LINE: f64 = 22.0;

impl Drawing {
    /// The chart for a page: legend, picture and, folded away, its numbers.
    pub fn figure(&self) -> Markup {
        html! {
            figure.chart.{ "chart-" (self.kind) } id=(self.meta.id) {
                @if self.keys.len() > 1 {
                    ul.keys aria-hidden="true" {
                        @for key in &self.keys {
                            li { (swatch(key.ink)) bdi title=(key.name) { (key.name) } }
                        }
                    }
                }
                div.plot { (self.picture("100%", self.height)) }
                @match &self.side {
                    Some(side) => (side),
                    None => details.numbers { summary { "Numbers" } (self.data_table()) },
                }
            }
        }
    }

    /// What it is called.
    pub fn title(&self) -> &Name {
        &self.meta.title
    }

    /// The picture alone.
    fn picture(&self, width: &str, height: f64) -> Markup {
        let Meta { id, title, description } = &self.meta;
        html! {
            // What holds links is no single image.
            @let role = if self.links.iter().any(Option::is_some) { "group" } else { "img" };
            svg.{ "staste " (self.kind) } width=(width) height=(Px(height)) role=(role)
                aria-labelledby={ (id) "-t" } aria-describedby={ (id) "-d" } {
                title id={ (id) "-t" } { (title) }
                desc id={ (id) "-d" } { (description) }
                (self.body)
            }
        }
    }

    /// The numbers of the chart.
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn data_table(&self) -> Markup {
        let Table { columns, rows } = &self.table;
        html! {
            div.scroll tabindex="0" role="region" aria-label={ "Numbers: " (self.meta.title) } {
                table {
                    caption { (self.meta.title) }
                    thead { tr { @for column in columns { th scope="col" { (column) } } } }
                    tbody {
                        @for (place, row) in rows.iter().take(MOST_ROWS).enumerate() {
                            @let link = self.links.get(place).and_then(Option::as_ref);
                            tr {
                                @for (index, cell) in row.iter().enumerate() {
                                    @match (index, link) {
                                        (0, Some(link)) => th scope="row" { a href=(link) { (cell.shown()) } },
                                        (0, None) => th scope="row" { (cell.shown()) },
                                        _ => td { (cell.shown()) },
                                    }
                                }
                            }
                        }
                    }
                }
                @if rows.len() > MOST_ROWS {
                    p { "The first " (MOST_ROWS) " of " (rows.len()) " rows." }
                }
            }
        }
    }

    /// The chart as an SVG file of its own, so many pixels wide, with title and legend in it.
    pub fn file(&self, width: f64, theme: Theme) -> String {
        let Meta { title, description, .. } = &self.meta;
        let (margin, title_height) = (16.0, 30.0);
        let rows = self.legend_rows(width - 2.0 * margin);
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let top = margin + title_height + rows.len() as f64 * LINE;
        let plot = width - 2.0 * margin - self.left - self.right;
        let height = top + self.file_height + margin;
        let svg = html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(Px(width)) height=(Px(height)) role="img"
                viewBox={ "0 0 " (Px(width)) " " (Px(height)) } {
                title { (title) }
                desc { (description) }
                style { (PreEscaped(style(theme))) (narrow(plot)) }
                rect.paper width="100%" height="100%" {}
                g.staste {
                    text.title x=(Px(margin)) y=(Px(margin + 14.0)) { (fit(title, 15.0, width - 2.0 * margin)) }
                    @for (index, row) in rows.iter().enumerate() {
                        @for (x, key) in row {
                            @let y = margin + title_height + f64::from(u32::try_from(index).unwrap_or(0)) * LINE;
                            rect.{ "k" (key.ink.number()) } x=(Px(margin + x)) y=(Px(y)) width="10" height="10" rx="2" {}
                            text x=(Px(margin + x + 16.0)) y=(Px(y + 9.0)) { (fit(&key.name, 12.0, KEY_WIDTH)) }
                        }
                    }
                }
                svg.{ "staste " (self.kind) } x=(Px(margin + self.left)) y=(Px(top)) width=(Px(plot))
                    height=(Px(self.file_height)) overflow="visible" { (self.body) }
            }
        };
        svg.into_string()
    }

    /// The legend in rows of what fits side by side, each with its place.
    fn legend_rows(&self, width: f64) -> Vec<Vec<(f64, &Key)>> {
        let mut rows: Vec<Vec<(f64, &Key)>> = Vec::new();
        let mut x = f64::INFINITY;
        for key in self.keys.iter().filter(|_| self.keys.len() > 1) {
            let needed = super::text::width(&fit(&key.name, 12.0, KEY_WIDTH), 12.0) + 34.0;
            if x + needed > width {
                rows.push(Vec::new());
                x = 0.0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((x, key));
            }
            x += needed;
        }
        rows
    }
}

const KEY_WIDTH: f64 = 180.0;

/// What goes where it gets narrow, as the style sheet of pages has it by the width of what holds the chart.
fn narrow(plot: f64) -> &'static str {
    match plot {
        plot if plot <= 420.0 => ".r1,.r2,.r3{display:none}",
        plot if plot <= 640.0 => ".r2,.r3{display:none}",
        plot if plot <= 1300.0 => ".r3{display:none}",
        _ => "",
    }
}

/// A patch of colour beside a name.
pub(super) fn swatch(ink: Ink) -> Markup {
    html! { svg.swatch width="10" height="10" aria-hidden="true" { rect.{ "k" (ink.number()) } width="10" height="10" rx="2" {} } }
}
