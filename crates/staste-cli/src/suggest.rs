//! Suggestions for misspelt names.

/// Returns the known name closest to `name`, ignoring case, if at most a third of its letters differ.
pub(crate) fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let max_distance = (name.chars().count() / 3).max(1);
    let name = name.to_lowercase();
    let distances = known.into_iter().map(|known| (strsim::levenshtein(&name, &known.to_lowercase()), known));
    let close = distances.filter(|(distance, _)| *distance <= max_distance);
    close.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestion_is_the_closest_name_within_a_third_of_the_letters() {
        let names = ["guests", "visits", "visit_times"];
        for (name, expected) in [
            ("visitz", Some("visits")),
            ("gusts", Some("guests")),
            ("VISITZ", Some("visits")),
            ("delays", None),
            ("v", None),
            ("", None),
        ] {
            assert_eq!(suggest(name, names), expected, "{name}");
        }
        assert_eq!(suggest("visitz", ["Visits"]), Some("Visits"));
        assert_eq!(suggest("kitten", ["sitting"]), None);
        assert_eq!(suggest("abc", [""]), None);
    }
}
