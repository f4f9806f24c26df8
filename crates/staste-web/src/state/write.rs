//! Writing a state into the query of an address.

use form_urlencoded::Serializer;
use jiff::civil::DateTime;
use staste_core::{Choice, Measure, Scale, TimespanParts, text_format};

use super::{Span, State};

impl State {
    /// Its names and values, as an address or the hidden fields of a form have them.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = self.span.fields();
        if let Some(scale) = self.scale {
            fields.push(("scale", scale.name().to_owned()));
        }
        if self.show != Measure::Total {
            fields.push(("show", self.show.name().to_owned()));
        }
        fields.extend(self.split.iter().map(|axis| ("split", axis.clone())));
        if self.hides_total {
            fields.push(("hide_total", "1".to_owned()));
        }
        fields.extend(self.filter.iter().map(|(axis, choice)| ("filter", filter(axis, choice))));
        if self.compare {
            fields.push(("compare", "before".to_owned()));
        }
        fields.extend(self.labels.name().map(|labels| ("times", labels.to_owned())));
        fields.extend(self.pivot.iter().map(|(down, across)| ("pivot", format!("{down},{across}"))));
        fields.extend(self.all.iter().map(|axis| ("all", axis.clone())));
        fields
    }

    /// The query of its address, with the question mark; nothing for what is shown anyway.
    pub(crate) fn query(&self) -> String {
        let fields = self.fields();
        if fields.is_empty() {
            return String::new();
        }
        let mut query = Serializer::new(String::new());
        query.extend_pairs(fields);
        // Readable, and meant for this: RFC 3986, 3.4.
        let query = query.finish();
        let query = query.replace("%3D", "=").replace("%2F", "/").replace("%3A", ":").replace("%2C", ",");
        format!("?{query}")
    }
}

impl Span {
    /// Its names and values; none for the usual timespan.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        if *self == Span::default() {
            return Vec::new();
        }
        match self {
            Span::Ever => vec![("last", "ever".to_owned())],
            Span::Last(count, scale) => vec![("last", format!("{count}{}", unit(*scale)))],
            Span::Period(TimespanParts { year, month, day, hour, minute }) => {
                let parts =
                    [("year", year), ("month", month), ("day", day), ("hour", hour), ("minute", minute)];
                parts.into_iter().filter_map(|(name, part)| Some((name, (*part)?.to_string()))).collect()
            }
            Span::Between(since, until) => {
                let ends = [("since", since), ("until", until)];
                ends.into_iter().filter_map(|(name, end)| Some((name, local(&(*end)?)))).collect()
            }
        }
    }
}

/// A filter as it is written: `gender=girl`, `age:unset`.
fn filter(axis: &str, choice: &Choice) -> String {
    match choice {
        Choice::Unset => format!("{axis}:unset"),
        Choice::Other => format!("{axis}:other"),
        choice => format!("{axis}={}", text_format::choice(choice)),
    }
}

fn unit(scale: Scale) -> &'static str {
    match scale {
        Scale::Minute => "m",
        Scale::Hour => "h",
        Scale::Day => "d",
        Scale::Week => "w",
        Scale::Month => "mo",
        Scale::Quarter => "q",
        Scale::Year | Scale::Ever => "y",
    }
}

fn local(local: &DateTime) -> String {
    let is_midnight = local.time() == jiff::civil::Time::midnight();
    local.strftime(if is_midnight { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Labels;
    use proptest::prelude::*;
    use staste_core::{Axis, Definition, MemoryStore, Staste};
    use std::sync::Arc;

    fn definition() -> Arc<Definition> {
        let guests = Staste::new(MemoryStore::new()).metrica("guests").averaged();
        let guests = guests.axis("gender", Axis::declared(["boy", "girl"])).axis("age", Axis::stored());
        guests.axis("page", Axis::path()).build().unwrap().define().unwrap()
    }

    fn spans() -> impl Strategy<Value = Span> {
        let scales =
            prop::sample::select(vec![Scale::Minute, Scale::Hour, Scale::Day, Scale::Month, Scale::Quarter]);
        let local = (1i16..=9999, 1i8..=12, 1i8..=28, 0i8..24, 0i8..60).prop_map(
            |(year, month, day, hour, minute)| jiff::civil::datetime(year, month, day, hour, minute, 0, 0),
        );
        prop_oneof![
            Just(Span::Ever),
            (1u32..1000, scales).prop_map(|(count, scale)| Span::Last(count, scale)),
            (local.clone(), 0usize..5).prop_map(|(start, index)| {
                Span::of([Scale::Year, Scale::Month, Scale::Day, Scale::Hour, Scale::Minute][index], start)
            }),
            (prop::option::of(local.clone()), local)
                .prop_map(|(since, until)| Span::Between(since, Some(until))),
        ]
    }

    fn states() -> impl Strategy<Value = State> {
        let axis = || prop::sample::select(vec!["gender", "age", "page"]).prop_map(str::to_owned);
        let texts = prop_oneof![".*", "[&=?#%+:;, /\\\\\"<]{0,8}"]
            .prop_map(|text| text.chars().take(40).collect::<String>());
        let age = prop_oneof![texts.prop_map(Choice::value), Just(Choice::Unset), Just(Choice::Other)];
        let page = prop::collection::vec(".{0,6}", 1..4).prop_map(Choice::path);
        let measures = prop::sample::select(Measure::ALL.to_vec());
        let filter = (prop::option::of(age), prop::option::of(page)).prop_map(|(age, page)| {
            let both = [("age", age), ("page", page)];
            both.into_iter().filter_map(|(axis, choice)| Some((axis.to_owned(), choice?))).collect::<Vec<_>>()
        });
        let pivot = prop::option::of(Just(("gender".to_owned(), "age".to_owned())));
        let labels = prop::sample::select(vec!["", "ago", "Europe/Riga", "UTC"])
            .prop_map(|text| if text.is_empty() { Labels::Own } else { Labels::parse(text).unwrap() });
        let parts = (
            spans(),
            measures,
            prop::option::of(axis()),
            filter,
            any::<(bool, bool)>(),
            pivot,
            prop::option::of(axis()),
            labels,
        );
        parts.prop_map(|(span, show, split, filter, (compare, hides_total), pivot, all, labels)| State {
            span,
            scale: Some(Scale::Week),
            show,
            split,
            hides_total,
            filter,
            compare,
            pivot,
            labels,
            all,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(state in states()) {
            let query = state.query();
            prop_assert!(query.is_ascii() && !query.contains(['"', '<', '>', ' ', '#']), "{}", query);
            prop_assert_eq!(State::parse(&query[1..], &definition()).unwrap(), state);
        }

        #[test]
        fn any_query_is_read_or_refused(query in ".{0,200}") {
            let _ = State::parse(&query, &definition());
        }
    }

    #[test]
    fn addresses_can_be_read_by_people() {
        let parse = |query| State::parse(query, &definition()).unwrap();
        let state =
            parse("last=30d&filter=gender=girl&filter=page=blog/2013&show=average&utm_source=x&since=");
        assert_eq!(state.query(), "?last=30d&show=average&filter=gender=girl&filter=page=blog/2013");
        assert_eq!(State::default().query(), "");
        for (query, words) in [
            ("last=7x", "is not a number of periods"),
            ("year=2013&month=13", "there is no month 13"),
            ("month=3", "needs the year"),
            ("year=2013&last=7d", "by one of these"),
            ("scale=ever", "no scale ever"),
            ("scale=eon", "there is no scale"),
            ("show=max", "invalid measure \"max\": expected one of total"),
            ("split=hight", "its axes are: gender, age, page"),
            ("pivot=gender", "give two axes"),
            ("pivot=age,age", "give two axes"),
            ("filter=gender", "is not a choice"),
            ("compare=now", "there is before"),
            ("filter=age=1&filter=age=2", "age is filtered twice"),
            ("gender=girl", "filter=gender=girl"),
            ("since=2013-02-07T10:00Z", "has an offset"),
            ("year=MMXIII", "is no number for year"),
            ("times=Europe/Atlantis", "give an IANA name"),
        ] {
            let refusal = State::parse(query, &definition()).unwrap_err().to_string();
            assert!(refusal.contains(words), "{query}: {refusal}");
        }
    }
}
