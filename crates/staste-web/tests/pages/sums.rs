//! What charts leave out of a list is in its last row, so that the rows add up to the total.

use crate::site::Site;

/// Guests of the ages 0 to 13, with as many visits as their age; age 0 has none.
fn ages(site: &Site) {
    for age in 0..14_u32 {
        for _ in 0..age {
            site.guests.kick([("age", age)]).unwrap();
        }
    }
}

#[test]
fn list_of_largest_choices_ends_with_the_sum_of_the_others() {
    let site = Site::new();
    ages(&site);
    let rows = site.table("/m/guests/top?axis=age&show=count", "top");
    assert_eq!(rows.len(), 11, "{rows:?}");
    assert_eq!(rows[0][..2], ["13", "13"]);
    assert_eq!(rows[10][..3], ["3 others", "6", "6.6%"]);
    let sum: u32 = rows.iter().map(|row| row[1].parse::<u32>().unwrap()).sum();
    assert_eq!(sum, 91);
    let picture = site.read("/m/guests/top.svg?axis=age&show=count");
    assert!(picture.contains(">3 others<") && picture.contains(">6<"), "{picture}");
    assert_eq!(site.read("/m/guests/top.csv?axis=age").lines().count(), 1 + 13, "a file has all choices");
}

#[test]
fn averages_of_other_choices_are_not_summed() {
    let site = Site::new();
    ages(&site);
    let rows = site.table("/m/guests/top?axis=age&show=average", "top");
    assert_eq!(rows[10][..2], ["3 others", "\u{2013}"]);
}
