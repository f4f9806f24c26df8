//! The query of a chart's author and that of a visitor as one: of two parameters that decide the same, the visitor's counts.

use std::borrow::Cow;

use form_urlencoded::Serializer;

/// What a parameter decides: the same for `axis` and `show_axis`, for `last` and `year`.
fn subject<'a>(name: &'a str, value: &str) -> Cow<'a, str> {
    if is_of_time(name) {
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

/// True for a parameter that is part of a timespan.
pub(crate) fn is_of_time(name: &str) -> bool {
    let part = name.strip_prefix("timespan__").unwrap_or(name);
    matches!(part, "last" | "year" | "month" | "day" | "hour" | "minute" | "since" | "until")
        || name.ends_with("__ago")
}

/// True when a query names a timespan.
pub(crate) fn names_a_time(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, value)| !value.is_empty() && is_of_time(&name))
}

/// The author's query with that of a visitor.
pub(crate) fn merged<'a>(own: &str, visitor: &'a str) -> Cow<'a, str> {
    if own.is_empty() {
        return Cow::Borrowed(visitor);
    }
    let parsed = || form_urlencoded::parse(visitor.as_bytes()).filter(|(_, value)| !value.is_empty());
    let is_chosen = |name: &str, value: &str| {
        parsed().any(|(known, chosen)| subject(&known, &chosen) == subject(name, value))
    };
    let mut query = Serializer::new(String::new());
    query
        .extend_pairs(form_urlencoded::parse(own.as_bytes()).filter(|(name, value)| !is_chosen(name, value)));
    query.extend_pairs(parsed());
    Cow::Owned(query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitor_query_replaces_what_it_decides_and_nothing_else() {
        for (own, visitor, expected) in [
            ("", "last=7d&x=", "last=7d&x="),
            ("last=30d", "", "last=30d"),
            ("last=30d&show=count", "timespan__year=2024", "show=count&timespan__year=2024"),
            ("axis=age", "show_axis=gender", "show_axis=gender"),
            ("filter=shop=5&filter=age=18", "filter=age:unset", "filter=shop%3D5&filter=age%3Aunset"),
            ("filter=view=front", "view=back", "view=back"),
            ("scale=day&last=30d", "scale=", "scale=day&last=30d"),
        ] {
            assert_eq!(merged(own, visitor), expected, "{own} and {visitor}");
        }
    }
}
