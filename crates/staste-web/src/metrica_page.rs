//! `/m/NAME`: everything about one Metrica.

use jiff::civil::DateTime;
use maud::{Markup, html};
use staste_core::{Choice, Measure, Result, Scale};

use crate::chart::{Name, Number};
use crate::closed::is_something;
use crate::layout::Layout;
use crate::overview::kept;
use crate::page::Page;
use crate::state::{Labels, Span, State};

/// Between so many seconds the hours of the week are worth a picture.
const WEEK: i64 = 7 * 86_400;
const QUARTER: i64 = 100 * 86_400;

impl Page {
    /// The page.
    ///
    /// # Errors
    /// When the Store cannot be asked.
    pub(crate) fn markup(&self) -> Result<Markup> {
        let body = html! {
            (self.periods())
            (self.chips())
            section.card.course data-part="course" {
                (self.summary()?)
                (self.course_controls())
                (self.course()?.figure())
                (self.exports("timeline", None, &["csv", "json", "svg", "page"]))
            }
            div.panels {
                @for axis in self.axes() { (self.panel_card(axis)?) }
            }
            (self.hours_card()?)
            (self.pivot_card()?)
        };
        let heading = html! {
            h1 { (self.definition.name) }
            (self.clock())
        };
        let title = format!("{} \u{b7} Staste", self.definition.name);
        let is_live = self.state.span.is_live(self.now, self.zone());
        Ok(Layout { base: &self.base, title: &title, is_live }.page(&heading, &body))
    }

    /// The zone of days, and that of hours where who looks has another. The script offers theirs.
    fn clock(&self) -> Markup {
        let own = self.zone().name();
        let back = self.link(&State { labels: Labels::Own, ..self.state.clone() });
        html! {
            @match &self.state.labels {
                Labels::Own => span.dim.zone data-zone=(own) title="Days and hours are those of this zone" { (own) },
                Labels::In(zone) => span.dim.zone {
                    "days of " (own) ", hours told in " (zone.name()) " " a href=(back) { "back to " (own) }
                },
                Labels::Ago => span.dim.zone { (own) ", told by how long ago " a href=(back) { "tell times" } },
            }
        }
    }

    /// The timespans to choose from.
    fn periods(&self) -> Markup {
        let now = self.local_now();
        let this = |scale| Span::of(scale, now);
        html! {
            nav.periods aria-label="Time" {
                ul {
                    @for (name, span) in Span::USUAL {
                        (self.choice(name, span == self.state.span, &self.state.during(span)))
                    }
                    (self.choice("This month", this(Scale::Month) == self.state.span, &self.state.during(this(Scale::Month))))
                    (self.choice("This year", this(Scale::Year) == self.state.span, &self.state.during(this(Scale::Year))))
                }
                @let above = self.state.span.above();
                @if above.len() > 1 {
                    ol.path aria-label="Period" {
                        @for (name, span) in &above {
                            li {
                                @if *span == self.state.span { span aria-current="page" { (name) } }
                                @else { a href=(self.link(&self.state.during(span.clone()))) { (name) } }
                            }
                        }
                    }
                }
                (self.range_form())
            }
        }
    }

    /// Any range of days.
    fn range_form(&self) -> Markup {
        let (since, until) = match &self.state.span {
            Span::Between(since, until) => (*since, *until),
            _ => (None, None),
        };
        let value =
            |moment: Option<DateTime>| moment.map(|moment| moment.strftime("%Y-%m-%dT%H:%M").to_string());
        let rest = State { span: Span::default(), scale: None, ..self.state.clone() };
        html! {
            details.range {
                summary { "Any range" }
                form method="get" {
                    (hidden(&rest))
                    label { "From " input type="datetime-local" name="since" value=[value(since)]; }
                    label { "until " input type="datetime-local" name="until" value=[value(until)]; }
                    button { "Show" }
                }
            }
        }
    }

    fn choice(&self, name: &str, is_chosen: bool, state: &State) -> Markup {
        html! { li { a href=(self.link(state)) aria-current=[is_chosen.then_some("page")] { (name) } } }
    }

    /// What it is filtered to, each with a way out.
    fn chips(&self) -> Markup {
        html! {
            @if !self.state.filter.is_empty() {
                ul.chips aria-label="Filters" {
                    @for (axis, choice) in &self.state.filter {
                        li {
                            span.dim { (axis) " " } bdi { (Name::from(choice)) }
                            @let above = above(choice);
                            @if let Some(above) = above {
                                " " a href=(self.link(&self.state.narrowed(axis, &above))) aria-label={ "Up in " (axis) } title="Up" { "\u{2191}" }
                            }
                            " " a href=(self.link(&self.state.without(axis))) aria-label={ "Any " (axis) } title="Remove" { "\u{d7}" }
                        }
                    }
                    @if self.state.filter.len() > 1 {
                        li.clear { a href=(self.link(&State { filter: Vec::new(), ..self.state.clone() })) { "Remove all" } }
                    }
                }
            }
        }
    }

    /// The sums of the timespan, compared with the one before.
    fn summary(&self) -> Result<Markup> {
        let Some(reading) = kept(self.view.read())? else {
            return Ok(html! {
                p.summary { span.dim { "Some of this timespan is no longer kept as finely as it is asked for." } }
            });
        };
        let comparison = self.comparison(&reading)?;
        let shown = if self.measures().contains(&self.state.show) { self.state.show } else { Measure::Total };
        let big = |name: &str, number: Option<Number>| {
            html! { div.big { dt { (name) } dd title=[number.as_ref().map(Number::full)] { (number.map_or("\u{2013}".to_owned(), |number| number.short())) } } }
        };
        let is_empty = !is_something(&reading);
        Ok(html! {
            @if is_empty {
                p.summary {
                    span { "Nothing was counted in this timespan. " }
                    @if self.state.span != Span::Ever { a href=(self.link(&self.state.during(Span::Ever))) { "Look at all time" } }
                }
            }
            dl.summary {
                @for measure in self.measures() { (big(measure.name(), Number::of(*measure, &reading))) }
                @if let Some(comparison) = &comparison {
                    div.compared {
                        dt.dim.unseen[self.measures().len() == 1] { (shown.name()) " changed" }
                        dd { (comparison.markup(shown)) }
                    }
                }
            }
        })
    }

    /// What the course shows, and how.
    fn course_controls(&self) -> Markup {
        let state = &self.state;
        let scales = [Scale::Minute, Scale::Hour, Scale::Day, Scale::Week, Scale::Month, Scale::Year];
        html! {
            div.controls {
                @if self.measures().len() > 1 {
                    ul.tabs aria-label="Number" {
                        @for measure in self.measures() {
                            (self.choice(measure.name(), *measure == state.show, &State { show: *measure, ..state.clone() }))
                        }
                    }
                }
                ul.tabs aria-label="Scale" {
                    @for scale in scales.into_iter().filter(|scale| self.span.suits(*scale) || *scale == self.scale()) {
                        (self.choice(scale.name(), scale == self.scale(), &State { scale: Some(scale), ..state.clone() }))
                    }
                }
                @if self.axes().next().is_some() {
                    ul.tabs aria-label="Split by" {
                        li.label.dim { "split by" }
                        (self.choice("nothing", state.split.is_none(), &State { split: None, ..state.clone() }))
                        @for axis in self.axes() {
                            (self.choice(axis, state.split.as_deref() == Some(axis), &State { split: Some(axis.to_owned()), ..state.clone() }))
                        }
                    }
                }
                @if state.split.is_some() {
                    ul.tabs aria-label="Total" {
                        (self.choice("total", !state.hides_total, &State { hides_total: !state.hides_total, ..state.clone() }))
                    }
                }
                @if state.split.is_none() && self.span_before().is_some() {
                    ul.tabs aria-label="Compare" {
                        (self.choice("compare", state.compare, &State { compare: !state.compare, ..state.clone() }))
                    }
                }
            }
        }
    }

    fn panel_card(&self, axis: &str) -> Result<Markup> {
        match kept(self.may_read(&self.view, &[axis], None))? {
            Some(true) => {}
            Some(false) => return Ok(too_many(axis)),
            None => return Ok(not_kept(axis)),
        }
        let Some(panel) = kept(self.panel(axis))? else { return Ok(not_kept(axis)) };
        let id = format!("axis-{axis}");
        let all = State { all: Some(axis.to_owned()), ..self.state.clone() };
        Ok(html! {
            section.card data-part=(id) {
                h2 { (axis) }
                (panel.top.draw(&self.meta(&id, format!("By {axis}"))).figure())
                @if panel.more > 0 {
                    p.more {
                        @if self.state.all.as_deref() == Some(axis) { span.dim { (panel.more) " smaller ones" } }
                        @else { a href=(self.link(&all)) { (panel.more) " more" } }
                    }
                }
                (self.exports("top", Some(axis), &["csv", "json", "svg", "page"]))
            }
        })
    }

    fn hours_card(&self) -> Result<Markup> {
        if !self.span.seconds().is_some_and(|seconds| (WEEK..=QUARTER).contains(&seconds)) {
            return Ok(html! {});
        }
        let heat = self.hours()?;
        Ok(html! {
            section.card data-part="hours" {
                h2 { "By hour and weekday" span.dim.light { " \u{b7} " (heat.name) } }
                (heat.draw(&self.meta("hours", "By hour and weekday")).figure())
                (self.exports("hours", None, &["csv", "json", "svg", "page"]))
            }
        })
    }

    fn pivot_card(&self) -> Result<Markup> {
        let axes: Vec<&str> = self.axes().collect();
        if axes.len() < 2 {
            return Ok(html! {});
        }
        let chosen = self.state.pivot.clone().unwrap_or_else(|| {
            let name = |index: usize| axes.get(index).map(ToString::to_string).unwrap_or_default();
            (name(0), name(1))
        });
        let (pivot, refusal) = match kept(self.pivot()) {
            Ok(pivot) => (pivot.flatten(), None),
            // The axes are there: it is more than a page reads.
            Err(error) if error.is_input() => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let rest = State { pivot: None, ..self.state.clone() };
        Ok(html! {
            section.card data-part="pivot" id="pivot" {
                h2 { "Two axes" }
                ul.tabs {
                    @for (index, down) in axes.iter().enumerate() {
                        @for across in axes.iter().skip(index + 1) {
                            @let pair = ((*down).to_owned(), (*across).to_owned());
                            @let is_chosen = self.state.pivot.is_some() && chosen == pair;
                            (self.choice(&format!("{down} \u{d7} {across}"), is_chosen, &State { pivot: Some(pair), ..rest.clone() }))
                        }
                    }
                    @if self.state.pivot.is_some() { (self.choice("hide", false, &rest)) }
                }
                @if let Some(pivot) = &pivot {
                    (self.pivot_table(pivot))
                    @if pivot.others.is_some() { (self.exports("pivot", None, &["page"])) }
                    @else { (self.exports("pivot", None, &["csv", "json", "page"])) }
                }
                @if let Some(error) = &refusal { p.dim { (Name::from(error.to_string())) } }
            }
        })
    }

    /// Links to what is seen as files.
    fn exports(&self, what: &str, axis: Option<&str>, forms: &[&str]) -> Markup {
        html! {
            p.exports {
                @for form in forms {
                    @match *form {
                        "page" => a href=(self.below(what, axis)) title="This alone, to be shown in a frame of another page" { "Page" },
                        form => a href=(self.below(&format!("{what}.{form}"), axis)) { (form.to_uppercase()) },
                    }
                }
            }
        }
    }
}

/// The fields of a state that a form keeps.
fn hidden(state: &State) -> Markup {
    html! { @for (name, value) in state.fields() { input type="hidden" name=(name) value=(value); } }
}

fn not_kept(axis: &str) -> Markup {
    html! { section.card { h2 { (axis) } p.dim { "What was counted is no longer kept as finely as it is asked for." } } }
}

fn too_many(axis: &str) -> Markup {
    html! { section.card { h2 { (axis) } p.dim { "It has more choices than a page reads: filter, or choose a shorter timespan." } } }
}

/// The place above one on a path; the root is whatever there is.
fn above(choice: &Choice) -> Option<Choice> {
    let path = choice.as_path()?;
    let components = path.components();
    let kept = components.len().saturating_sub(usize::from(!path.is_other()));
    Some(Choice::path(components.iter().take(kept)))
}
