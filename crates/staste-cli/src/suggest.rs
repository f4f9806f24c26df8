//! The name that a misspelt one was most likely meant to be.

/// The name that is the fewest letters away, if they are few.
pub(crate) fn suggest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.chars().count() / 3).max(1);
    let near = names.into_iter().map(|known| (distance(name, known), known));
    near.filter(|(letters, _)| *letters <= most).min_by_key(|(letters, _)| *letters).map(|(_, known)| known)
}

/// How many letters are put in, left out or changed between two words, whatever their case.
fn distance(one: &str, other: &str) -> usize {
    let letters = |word: &str| word.to_lowercase().chars().collect::<Vec<char>>();
    let (one, other) = (letters(one), letters(other));
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.iter().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        let mut next = vec![left];
        for (up, against) in row.iter().skip(1).zip(&other) {
            left = (diagonal + usize::from(letter != against)).min(left + 1).min(up + 1);
            diagonal = *up;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (one, other, letters) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("visitz", "Visits", 1), ("abc", "", 3)]
        {
            assert_eq!(distance(one, other), letters, "{one} {other}");
        }
    }

    #[test]
    fn only_what_is_near_is_meant() {
        let names = ["guests", "visits", "visit_times"];
        assert_eq!(suggest("visitz", names), Some("visits"));
        assert_eq!(suggest("gusts", names), Some("guests"));
        assert_eq!(suggest("delays", names), None);
        assert_eq!(suggest("v", names), None);
    }
}
