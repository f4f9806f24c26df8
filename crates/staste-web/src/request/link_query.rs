//! Writing a request into the query of an address.

use form_urlencoded::Serializer;
use staste_core::{Choice, text_format};

use super::chart_request::ChartRequest;
use super::timespan_query::timespan_fields;

impl ChartRequest {
    /// The names and values of all that differs from the default, as links and the hidden fields of a form have them.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = timespan_fields(&self.timespan);
        if let Some(scale) = self.scale {
            fields.push(("scale", scale.name().to_owned()));
        }
        if self.measure != self.default_measure {
            fields.push(("show", self.measure.to_string()));
        }
        fields.extend(self.split.iter().map(|axis| ("split", axis.clone())));
        if self.hides_total {
            fields.push(("hide_total", "1".to_owned()));
        }
        fields.extend(self.filter.iter().map(|(axis, choice)| ("filter", filter(axis, choice))));
        if self.compares {
            fields.push(("compare", "before".to_owned()));
        }
        fields.extend(self.time_labels.parameter().map(|labels| ("times", labels.to_owned())));
        fields.extend(self.pivot.iter().map(|(down, across)| ("pivot", format!("{down},{across}"))));
        fields.extend(self.listed_axis.iter().map(|axis| ("all", axis.clone())));
        fields
    }

    /// The query of its address with the question mark; empty for the default.
    pub(crate) fn query(&self) -> String {
        self.query_of_axis(None)
    }

    /// The query of the address of a chart of an axis.
    pub(crate) fn query_of_axis(&self, axis: Option<&str>) -> String {
        let mut fields = self.fields();
        fields.extend(axis.map(|axis| ("axis", axis.to_owned())));
        if fields.is_empty() {
            return String::new();
        }
        let mut query = Serializer::new(String::new());
        query.extend_pairs(fields);
        // These are readable and allowed in a query: RFC 3986, 3.4.
        let query = query.finish();
        let query = query.replace("%3D", "=").replace("%2F", "/").replace("%3A", ":").replace("%2C", ",");
        format!("?{query}")
    }
}

/// A filter as text: `gender=girl`, `age:unset`.
fn filter(axis: &str, choice: &Choice) -> String {
    match choice {
        Choice::Unset => format!("{axis}:unset"),
        Choice::Other => format!("{axis}:other"),
        choice => format!("{axis}={}", text_format::choice(choice)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use staste_core::{Axis, Definition, Measure, MemoryStore, Moment, Scale, Staste, Timespan};

    use super::*;
    use crate::request::parameters::Parameters;
    use crate::request::time_labels::TimeLabels;

    fn definition() -> Arc<Definition> {
        let guests = Staste::new(MemoryStore::new()).metrica("guests").distribution();
        let guests = guests.axis("gender", Axis::declared(["boy", "girl"])).axis("age", Axis::stored());
        guests.axis("page", Axis::path()).build().unwrap().define().unwrap()
    }

    fn parse(query: &str) -> staste_core::Result<ChartRequest> {
        ChartRequest::of_page(&Parameters::parse(query), &definition())
    }

    fn timespans() -> impl Strategy<Value = Timespan> {
        let scales =
            prop::sample::select(vec![Scale::Minute, Scale::Hour, Scale::Day, Scale::Month, Scale::Quarter]);
        let local = (1i16..=9999, 1i8..=12, 1i8..=28, 0i8..24, 0i8..60).prop_map(
            |(year, month, day, hour, minute)| jiff::civil::datetime(year, month, day, hour, minute, 0, 0),
        );
        prop_oneof![
            Just(Timespan::EVER),
            (1u32..1000, scales).prop_map(|(count, scale)| Timespan::last(count, scale).unwrap()),
            (local.clone(), 0usize..5).prop_map(|(start, index)| {
                let scale = [Scale::Year, Scale::Month, Scale::Day, Scale::Hour, Scale::Minute][index];
                Timespan::period(scale, start).unwrap()
            }),
            (prop::option::of(local.clone()), local).prop_filter_map("in order", |(since, until)| {
                Timespan::between(since.map(Moment::Local), Some(Moment::Local(until))).ok()
            }),
        ]
    }

    fn requests() -> impl Strategy<Value = ChartRequest> {
        let axis = || prop::sample::select(vec!["gender", "age", "page"]).prop_map(str::to_owned);
        let texts = prop_oneof![".*", "[&=?#%+:;, /\\\\\"<]{0,8}"]
            .prop_map(|text| text.chars().take(40).collect::<String>());
        let age = prop_oneof![texts.prop_map(Choice::value), Just(Choice::Unset), Just(Choice::Other)];
        let page = prop::collection::vec(".{0,6}", 1..4).prop_map(Choice::path);
        let measures = prop::sample::select(Measure::DISTRIBUTION.to_vec());
        let filter = (prop::option::of(age), prop::option::of(page)).prop_map(|(age, page)| {
            let both = [("age", age), ("page", page)];
            both.into_iter().filter_map(|(axis, choice)| Some((axis.to_owned(), choice?))).collect::<Vec<_>>()
        });
        let pivot = prop::option::of(Just(("gender".to_owned(), "age".to_owned())));
        let labels = prop::sample::select(vec!["", "ago", "Europe/Riga", "UTC"]).prop_map(|text| {
            if text.is_empty() { TimeLabels::MetricaZone } else { TimeLabels::parse(text).unwrap() }
        });
        let parts = (
            timespans(),
            measures,
            prop::option::of(axis()),
            filter,
            any::<(bool, bool)>(),
            pivot,
            prop::option::of(axis()),
            labels,
        );
        parts.prop_map(
            |(timespan, measure, split, filter, (compares, hides_total), pivot, listed_axis, time_labels)| {
                ChartRequest {
                    timespan,
                    scale: Some(Scale::Week),
                    measure,
                    default_measure: Measure::parse("p95").unwrap(),
                    split,
                    hides_total,
                    filter,
                    compares,
                    pivot,
                    time_labels,
                    listed_axis,
                    ..ChartRequest::default()
                }
            },
        )
    }

    proptest! {
        #[test]
        fn query_that_is_written_is_read_as_the_same_request(request in requests()) {
            let query = request.query();
            prop_assert!(query.is_ascii() && !query.contains(['"', '<', '>', ' ', '#']), "{}", query);
            prop_assert_eq!(parse(&query[1..]).unwrap(), request);
        }

        #[test]
        fn every_query_is_a_request_or_an_error(query in ".{0,200}") {
            let _ = parse(&query);
        }
    }

    #[test]
    fn query_is_readable_and_empty_for_the_default() {
        let query = "last=30d&filter=gender=girl&filter=page=blog/2013&show=average&utm_source=x&since=";
        let written = parse(query).unwrap().query();
        assert_eq!(written, "?last=30d&show=average&filter=gender=girl&filter=page=blog/2013");
        assert_eq!(ChartRequest::default().query(), "");
    }

    #[test]
    fn invalid_value_is_an_error_that_says_what_is_expected() {
        for (query, words) in [
            ("last=7x", "invalid number of periods"),
            ("year=2013&month=13", "invalid month 13"),
            ("month=3", "needs the year"),
            ("year=2013&last=7d", "use either last, or year"),
            ("scale=ever", "invalid scale"),
            ("scale=eon", "invalid scale"),
            ("show=mode", "invalid measure \"mode\": expected total"),
            ("split=hight", "its axes are: gender, age, page"),
            ("pivot=gender", "expected two different axes"),
            ("pivot=age,age", "expected two different axes"),
            ("filter=gender", "invalid choice"),
            ("compare=now", "expected before"),
            ("filter=age=1&filter=age=2", "age is filtered twice"),
            ("gender=girl", "filter=gender=girl"),
            ("since=2013-02-07T10:00Z", "without an offset"),
            ("year=MMXIII", "invalid year"),
            ("times=Europe/Atlantis", "expected an IANA name"),
        ] {
            let error = parse(query).unwrap_err().to_string();
            assert!(error.contains(words), "{query}: {error}");
        }
    }
}
