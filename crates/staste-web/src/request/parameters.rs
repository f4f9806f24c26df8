//! `Parameters`: the names and values of a query, which is decoded once.

use std::borrow::Cow;

use form_urlencoded::Serializer;

/// The names and values of a query, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Decodes a query such as `last=7d&filter=gender=girl`.
    pub(crate) fn parse(query: &str) -> Parameters {
        Parameters(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(crate) fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// Every name and value, those that a form left empty included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names that have a value; a form sends its empty fields, too.
    pub(crate) fn filled(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(_, value)| !value.is_empty())
    }

    /// The parameters of a chart's author with those of a visitor: of two for the same subject, the visitor's counts.
    pub(crate) fn overridden_by(&self, visitor: &Parameters) -> Parameters {
        let is_overridden = |name: &str, value: &str| {
            visitor.filled().any(|(known, chosen)| subject(known, chosen) == subject(name, value))
        };
        let kept = self.filled().filter(|(name, value)| !is_overridden(name, value));
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Parameters(kept.chain(visitor.filled()).map(owned).collect())
    }

    /// True when one of them is part of a timespan.
    pub(crate) fn name_a_timespan(&self) -> bool {
        self.filled().any(|(name, _)| is_of_timespan(name))
    }

    /// The query, with its question mark, that has another value in place of those of some names; the rest stays.
    pub(crate) fn with(&self, replaced: &[&str], name: &str, value: &str) -> String {
        let mut query = Serializer::for_suffix("?".to_owned(), 1);
        query.extend_pairs(self.iter().filter(|(known, _)| !replaced.contains(known)));
        query.append_pair(name, value);
        query.finish()
    }
}

/// The subject that a parameter decides: the same for `axis` and `show_axis`, for `last` and `year`.
fn subject<'a>(name: &'a str, value: &str) -> Cow<'a, str> {
    if is_of_timespan(name) {
        return Cow::Borrowed("timespan");
    }
    match name {
        "show_axis" => Cow::Borrowed("axis"),
        "timescale" => Cow::Borrowed("scale"),
        "clean_date" => Cow::Borrowed("times"),
        "view" => Cow::Borrowed("filter view"),
        "filter" => Cow::Owned(format!("filter {}", filtered_axis(value))),
        name => Cow::Borrowed(name),
    }
}

/// The axis of a filter such as `gender=girl` or `age:unset`.
pub(crate) fn filtered_axis(filter: &str) -> &str {
    filter.split(['=', ':']).next().unwrap_or_default()
}

/// True for the name of a parameter that is part of a timespan.
pub(crate) fn is_of_timespan(name: &str) -> bool {
    let part = name.strip_prefix("timespan__").unwrap_or(name);
    matches!(part, "last" | "year" | "month" | "day" | "hour" | "minute" | "since" | "until")
        || name.ends_with("__ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitor_overrides_what_its_query_decides_and_nothing_else() {
        for (author, visitor, expected) in [
            ("", "last=7d&x=", "last=7d"),
            ("last=30d", "", "last=30d"),
            ("last=30d&show=count", "timespan__year=2024", "show=count&timespan__year=2024"),
            ("axis=age", "show_axis=gender", "show_axis=gender"),
            ("filter=shop=5&filter=age=18", "filter=age:unset", "filter=shop=5&filter=age:unset"),
            ("filter=view=front", "view=back", "view=back"),
            ("scale=day&last=30d", "scale=", "scale=day&last=30d"),
        ] {
            let both = Parameters::parse(author).overridden_by(&Parameters::parse(visitor));
            assert_eq!(both, Parameters::parse(expected), "{author} and {visitor}");
        }
    }

    #[test]
    fn query_with_another_value_keeps_the_rest() {
        let parameters = Parameters::parse("axis=age&filter=a%3Db&x=&scale=day");
        let query = parameters.with(&["scale", "timescale"], "timescale", "hour");
        assert_eq!(query, "?axis=age&filter=a%3Db&x=&timescale=hour");
    }
}
