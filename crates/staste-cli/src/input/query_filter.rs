//! `QueryFilter`: removes queries and fragments from addresses.

use std::borrow::Cow;

/// Removes the fragment and the query from the addresses of some columns, except for parameters to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryFilter {
    /// The columns with addresses.
    pub(crate) columns: Vec<String>,
    /// The names of the parameters to keep.
    pub(crate) kept: Vec<String>,
}

impl QueryFilter {
    /// Returns the address without its fragment, and with the parameters to keep only, in their order and as they are written.
    pub(super) fn apply<'a>(&self, address: &'a str) -> Cow<'a, str> {
        let address = address.split_once('#').map_or(address, |(address, _)| address);
        let Some((path, query)) = address.split_once('?') else { return Cow::Borrowed(address) };
        let kept: Vec<&str> = query.split('&').filter(|parameter| self.keeps(parameter)).collect();
        if kept.is_empty() { Cow::Borrowed(path) } else { Cow::Owned(format!("{path}?{}", kept.join("&"))) }
    }

    fn keeps(&self, parameter: &str) -> bool {
        let name = form_urlencoded::parse(parameter.as_bytes()).next().map(|(name, _)| name);
        name.is_some_and(|name| self.kept.iter().any(|kept| *kept == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_and_fragment_are_removed_except_for_parameters_to_keep() {
        let check = |kept: &[&str], address: &str, expected: &str| {
            let kept = kept.iter().map(|&name| name.to_owned()).collect();
            let filter = QueryFilter { columns: Vec::new(), kept };
            assert_eq!(filter.apply(address), expected, "{address}");
        };
        for (address, expected) in [
            ("/a?b=1&c=2", "/a"),
            ("/a?", "/a"),
            ("/a#top", "/a"),
            ("/a#top?b=1", "/a"),
            ("/a?b=1#top", "/a"),
            ("https://example.com?q=1", "https://example.com"),
            ("/a%3Fb", "/a%3Fb"),
            ("/", "/"),
            ("", ""),
        ] {
            check(&[], address, expected);
        }
        let kept = ["page", "utm_source", ""];
        check(&kept, "/a?utm_source=x&id=7&page=2&page=3#top", "/a?utm_source=x&page=2&page=3");
        check(&kept, "/a?id=7&pages=1&PAGE=2", "/a");
        check(&kept, "/a?utm%5Fsource=x%26y&page", "/a?utm%5Fsource=x%26y&page");
        check(&kept, "/a?q=/b?page=2", "/a");
        check(&kept, "/a?=1&&page=", "/a?=1&page=");
    }
}
