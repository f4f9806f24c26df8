//! `Drawing`: a chart that was drawn, as a figure of a page or as a file.

use maud::{Markup, PreEscaped, html};

use super::coordinate::Px;
use super::safe_text::SafeText;
use super::style_sheet::{Theme, style};
use super::table::Table;
use super::text_width::fit;

/// The title of a chart, and its description for screen readers.
#[derive(Clone, Debug)]
pub struct Caption {
    /// An id that is unique on the page: letters of any script, digits, `-`, `_` and `.`.
    pub id: String,
    /// The title: `Guests by hour`.
    pub title: SafeText,
    /// Its content, in a sentence.
    pub description: SafeText,
}

/// The color of a series or a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// The nth of a series, from 0.
    Nth(usize),
    /// The color of the rest, such as of choices past a cap.
    Rest,
}

/// The number of colors before they repeat.
const COLORS: usize = 12;

impl Color {
    pub(super) fn number(self) -> usize {
        match self {
            Color::Nth(index) => index % COLORS + 1,
            Color::Rest => 0,
        }
    }
}

/// An entry of the legend.
#[derive(Clone, Debug)]
pub(super) struct LegendEntry {
    pub(super) color: Color,
    pub(super) name: SafeText,
}

/// A chart that was drawn. Horizontal places are shares of the width, so that it fits any width and texts keep their
/// size.
///
/// ```
/// use staste_web::drawing::{Donut, Color, Caption, Number, Slice, Theme};
/// let slice = Slice { name: "girl".into(), number: Number::count(38), color: Color::Nth(0), link: None };
/// let caption = Caption { id: "gender".into(), title: "Guests by gender".into(), description: "One gender.".into() };
/// let drawing = Donut { slices: vec![slice], total: Number::count(38), measure: "total".into() }.draw(&caption);
/// assert!(drawing.figure().into_string().starts_with("<figure"));
/// assert!(drawing.file(600.0, Theme::Light).starts_with("<svg"));
/// ```
#[derive(Clone, Debug)]
pub struct Drawing {
    pub(super) caption: Caption,
    pub(super) kind: &'static str,
    /// The height of the plot with the labels below it, on a page and in a file.
    pub(super) height: f64,
    pub(super) file_height: f64,
    /// The width of the labels left and right of the plot.
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) body: Markup,
    pub(super) legend: Vec<LegendEntry>,
    pub(super) table: Table,
    /// The links of the rows of the table, which their parts of the picture have, too.
    pub(super) links: Vec<Option<String>>,
    /// The numbers next to the picture; a chart without has them in a table that is folded away.
    pub(super) side: Option<Markup>,
}

/// A table on a page has at most this many rows.
const MAX_ROWS: usize = 500;
/// The height of a row of the legend.
const LEGEND_ROW: f64 = 22.0;

impl Drawing {
    /// The chart for a page: legend, picture and its numbers.
    pub fn figure(&self) -> Markup {
        html! {
            figure.chart.{ "chart-" (self.kind) } id=(self.caption.id) {
                @if self.legend.len() > 1 {
                    ul.keys aria-hidden="true" {
                        @for entry in &self.legend {
                            li { (swatch(entry.color)) bdi title=(entry.name) { (entry.name) } }
                        }
                    }
                }
                div.plot { (self.picture("100%", self.height)) }
                @match &self.side {
                    Some(side) => (side),
                    None => details.numbers { summary { "Show table" } (self.data_table()) },
                }
            }
        }
    }

    /// Its title.
    pub fn title(&self) -> &SafeText {
        &self.caption.title
    }

    /// The picture alone.
    fn picture(&self, width: &str, height: f64) -> Markup {
        let Caption { id, title, description } = &self.caption;
        html! {
            // A picture with links is not a single image.
            @let role = if self.links.iter().any(Option::is_some) { "group" } else { "img" };
            svg.{ "staste " (self.kind) } width=(width) height=(Px(height)) role=(role)
                aria-labelledby={ (id) "-t" } aria-describedby={ (id) "-d" } {
                title id={ (id) "-t" } { (title) }
                desc id={ (id) "-d" } { (description) }
                (self.body)
            }
        }
    }

    /// Its numbers.
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn data_table(&self) -> Markup {
        let Table { columns, rows } = &self.table;
        html! {
            div.scroll tabindex="0" role="region" aria-label={ "Numbers: " (self.caption.title) } {
                table {
                    caption { (self.caption.title) }
                    thead { tr { @for column in columns { th scope="col" { (column) } } } }
                    tbody {
                        @for (place, row) in rows.iter().take(MAX_ROWS).enumerate() {
                            @let link = self.links.get(place).and_then(Option::as_ref);
                            tr {
                                @for (index, cell) in row.iter().enumerate() {
                                    @match (index, link) {
                                        (0, Some(link)) => th scope="row" { a href=(link) { (cell.display()) } },
                                        (0, None) => th scope="row" { (cell.display()) },
                                        _ => td { (cell.display()) },
                                    }
                                }
                            }
                        }
                    }
                }
                @if rows.len() > MAX_ROWS {
                    p { "The first " (MAX_ROWS) " of " (rows.len()) " rows." }
                }
            }
        }
    }

    /// The chart as an SVG file of a width in pixels, with title and legend.
    pub fn file(&self, width: f64, theme: Theme) -> String {
        let Caption { title, description, .. } = &self.caption;
        let (margin, title_height) = (16.0, 30.0);
        let rows = self.legend_rows(width - 2.0 * margin);
        #[expect(clippy::cast_precision_loss, reason = "a few rows")]
        let top = margin + title_height + rows.len() as f64 * LEGEND_ROW;
        let plot = width - 2.0 * margin - self.left - self.right;
        let height = top + self.file_height + margin;
        let svg = html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(Px(width)) height=(Px(height)) role="img"
                viewBox={ "0 0 " (Px(width)) " " (Px(height)) } {
                title { (title) }
                desc { (description) }
                style { (PreEscaped(style(theme))) (hide_labels(plot)) }
                rect.paper width="100%" height="100%" {}
                g.staste {
                    text.title x=(Px(margin)) y=(Px(margin + 14.0)) { (fit(title, 15.0, width - 2.0 * margin)) }
                    @for (index, row) in rows.iter().enumerate() {
                        @for (x, entry) in row {
                            @let y = margin + title_height + f64::from(u32::try_from(index).unwrap_or(0)) * LEGEND_ROW;
                            rect.{ "k" (entry.color.number()) } x=(Px(margin + x)) y=(Px(y)) width="10" height="10" rx="2" {}
                            text x=(Px(margin + x + 16.0)) y=(Px(y + 9.0)) { (fit(&entry.name, 12.0, MAX_ENTRY_WIDTH)) }
                        }
                    }
                }
                svg.{ "staste " (self.kind) } x=(Px(margin + self.left)) y=(Px(top)) width=(Px(plot))
                    height=(Px(self.file_height)) overflow="visible" { (self.body) }
            }
        };
        svg.into_string()
    }

    /// The legend in rows that fit the width, each entry with its place.
    fn legend_rows(&self, width: f64) -> Vec<Vec<(f64, &LegendEntry)>> {
        let mut rows: Vec<Vec<(f64, &LegendEntry)>> = Vec::new();
        let mut x = f64::INFINITY;
        for entry in self.legend.iter().filter(|_| self.legend.len() > 1) {
            let needed = super::text_width::width(&fit(&entry.name, 12.0, MAX_ENTRY_WIDTH), 12.0) + 34.0;
            if x + needed > width {
                rows.push(Vec::new());
                x = 0.0;
            }
            if let Some(row) = rows.last_mut() {
                row.push((x, entry));
            }
            x += needed;
        }
        rows
    }
}

/// Longer names are cut in the legend of a file.
const MAX_ENTRY_WIDTH: f64 = 180.0;

/// The rules that hide labels of a narrow plot, as the style sheet of pages does by the width of its container.
fn hide_labels(plot: f64) -> &'static str {
    match plot {
        plot if plot <= 420.0 => ".r1,.r2,.r3{display:none}",
        plot if plot <= 640.0 => ".r2,.r3{display:none}",
        plot if plot <= 1300.0 => ".r3{display:none}",
        _ => "",
    }
}

/// A square of a color next to a name.
pub(super) fn swatch(color: Color) -> Markup {
    html! { svg.swatch width="10" height="10" aria-hidden="true" { rect.{ "k" (color.number()) } width="10" height="10" rx="2" {} } }
}
