//! `Donut`: the shares of a whole, with its legend as a table.

use std::f64::consts::TAU;

use maud::{Markup, html};

use super::coordinate::Px;
use super::figure::{Caption, Color, Drawing, swatch};
use super::number::{Number, percent};
use super::safe_text::SafeText;
use super::table::{Cell, Table};
use super::text_width::fit;

const OUTER: f64 = 84.0;
const INNER: f64 = 54.0;
const SIZE: f64 = 2.0 * OUTER + 4.0;
const ROW: f64 = 22.0;
/// The note in place of a ring.
const NO_SHARES: &str = "no ring: a negative part has no share";

/// The shares of a whole.
#[derive(Clone, Debug)]
pub struct Donut {
    /// The parts, in the order they are drawn in.
    pub slices: Vec<Slice>,
    /// The whole, which is shown in the middle.
    pub total: Number,
    /// The measure of the numbers: `total`.
    pub measure: SafeText,
}

/// A part of a whole.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Its name.
    pub name: SafeText,
    /// Its number; a negative one has no share.
    pub number: Number,
    /// Its color.
    pub color: Color,
    /// The link of its name.
    pub link: Option<String>,
}

impl Donut {
    /// Draws the ring and its legend.
    pub fn draw(&self, caption: &Caption) -> Drawing {
        Drawing {
            caption: caption.clone(),
            kind: "donut",
            height: SIZE,
            file_height: SIZE.max(self.slices_height() + if self.has_shares() { 8.0 } else { 8.0 + ROW }),
            left: 0.0,
            right: 0.0,
            body: html! { (self.ring()) (self.rows()) },
            legend: Vec::new(),
            table: self.table(),
            links: Vec::new(),
            side: Some(self.legend()),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a few slices")]
    fn slices_height(&self) -> f64 {
        self.slices.len() as f64 * ROW
    }

    /// The sum that shares are parts of.
    fn whole(&self) -> f64 {
        self.slices.iter().map(|slice| slice.number.value().max(0.0)).sum()
    }

    /// True unless a slice is negative: then shares of the others would not be parts of the total.
    fn has_shares(&self) -> bool {
        self.slices.iter().all(|slice| slice.number.value() >= 0.0)
    }

    fn share(&self, slice: &Slice) -> f64 {
        if !self.has_shares() {
            return 0.0;
        }
        let whole = self.whole();
        if whole > 0.0 { slice.number.value().max(0.0) / whole } else { 0.0 }
    }

    /// The share of a slice as a cell; none where a slice is negative.
    fn share_cell(&self, slice: &Slice) -> Cell {
        if self.has_shares() { Cell::Share(self.share(slice)) } else { Cell::of(None) }
    }

    fn ring(&self) -> Markup {
        let centre = SIZE / 2.0;
        let mut turned = 0.0;
        let mut arcs = Vec::new();
        for slice in &self.slices {
            let share = self.share(slice);
            arcs.push((slice, share, turned));
            turned += share;
        }
        html! {
            g.slices {
                @if self.whole() <= 0.0 || !self.has_shares() {
                    circle.ring.l0 cx=(Px(centre)) cy=(Px(centre)) r=(Px(f64::midpoint(OUTER, INNER))) {}
                }
                @for (slice, share, turned) in arcs.into_iter().filter(|(_, share, _)| *share > 0.0) {
                    g.slice {
                        title { (slice.name) ": " (slice.number.full()) " (" (percent(share)) ")" }
                        @if share > 0.9999 {
                            circle.ring.{ "l" (slice.color.number()) } cx=(Px(centre)) cy=(Px(centre))
                                r=(Px(f64::midpoint(OUTER, INNER))) {}
                        } @else {
                            path.arc.{ "k" (slice.color.number()) } d=(arc(centre, turned, share)) {}
                        }
                    }
                }
                text.big x=(Px(centre)) y=(Px(centre)) dy=".1em" text-anchor="middle" { (self.total.short()) }
                text.dim x=(Px(centre)) y=(Px(centre + 20.0)) text-anchor="middle" { (self.measure) }
            }
        }
    }

    /// The legend within the picture, for files; on a page it is a table next to it.
    fn rows(&self) -> Markup {
        let left = SIZE + 24.0;
        html! {
            g.rows {
                @for (index, slice) in (0u32..).zip(&self.slices) {
                    @let y = f64::from(index) * ROW + 16.0;
                    rect.{ "k" (slice.color.number()) } x=(Px(left)) y=(Px(y - 9.0)) width="10" height="10" rx="2" {}
                    text x=(Px(left + 16.0)) y=(Px(y)) { (fit(&slice.name, 12.0, 200.0)) }
                    text.num x=(Px(left + 280.0)) y=(Px(y)) text-anchor="end" { (slice.number.short()) }
                    text.num.dim x=(Px(left + 340.0)) y=(Px(y)) text-anchor="end" { (self.share_cell(slice).display()) }
                }
                @if !self.has_shares() {
                    @let y = self.slices_height() + 16.0;
                    text.dim x=(Px(left)) y=(Px(y)) { (NO_SHARES) }
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            table.legend {
                thead.unseen { tr { th scope="col" { "choice" } th scope="col" { (self.measure) } th scope="col" { "share" } } }
                tbody {
                    @for slice in &self.slices {
                        tr {
                            th scope="row" {
                                (swatch(slice.color))
                                @match &slice.link {
                                    Some(link) => a href=(link) title=(slice.name) { bdi { (slice.name) } },
                                    None => bdi title=(slice.name) { (slice.name) },
                                }
                            }
                            td { (slice.number.full()) }
                            td.dim { (self.share_cell(slice).display()) }
                        }
                    }
                }
                tfoot {
                    tr { th scope="row" { (self.measure) } td { (self.total.full()) } td {} }
                    @if !self.has_shares() { tr { td.dim colspan="3" { (NO_SHARES) } } }
                }
            }
        }
    }

    fn table(&self) -> Table {
        let rows = self.slices.iter().map(|slice| {
            vec![Cell::Text(slice.name.clone()), Cell::Number(slice.number.clone()), self.share_cell(slice)]
        });
        let columns = vec!["choice".into(), self.measure.clone(), "share".into()];
        Table { columns, rows: rows.collect() }
    }
}

/// A piece of the ring: a share of it after another share.
fn arc(centre: f64, turned: f64, share: f64) -> String {
    let at = |radius: f64, turn: f64| {
        let (sine, cosine) = (turn * TAU).sin_cos();
        format!("{:.1} {:.1}", centre + radius * sine, centre - radius * cosine)
    };
    let (from, to) = (turned, turned + share);
    let large = u8::from(share > 0.5);
    format!(
        "M{}A{OUTER} {OUTER} 0 {large} 1 {}L{}A{INNER} {INNER} 0 {large} 0 {}Z",
        at(OUTER, from),
        at(OUTER, to),
        at(INNER, to),
        at(INNER, from)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_slice_leaves_no_shares() {
        let slice = |count| Slice {
            name: "a".into(),
            number: Number::count(count),
            color: Color::Nth(0),
            link: None,
        };
        let donut = Donut {
            slices: vec![slice(-5), slice(3), slice(1)],
            total: Number::count(-1),
            measure: "total".into(),
        };
        let shares: Vec<f64> = donut.slices.iter().map(|slice| donut.share(slice)).collect();
        assert_eq!(shares, [0.0, 0.0, 0.0]);
        let ring = donut.ring().into_string();
        assert!(
            ring.contains("ring l0")
                && !ring.contains("path")
                && donut.rows().into_string().contains(NO_SHARES)
        );
        let nothing = Donut { slices: vec![slice(0)], total: Number::count(0), measure: "total".into() };
        assert!(nothing.ring().into_string().contains("ring l0"));
    }
}
