//! `forget` with patterns of choices: which choices an asterisk stands for, and what is deleted.

use crate::support::program::Program;

/// Pages of a site and what scanners tried; some have an asterisk or a backslash in their names.
fn scanned() -> Program {
    let staste = Program::new();
    staste.ok("define visits --path-axis page --axis agent");
    staste.write(
        "rows.csv",
        "page,agent\n/,a\nblog/wp-post,a\nwp-login.php,b\nwp-admin/x,b\nwp-admin/y,b\nwp-*,c\nx.php,b*\nx.php,bb\nx.php,b\\\n",
    );
    staste.ok("import rows.csv --metrica visits --path-axis page --axis agent");
    staste
}

#[test]
fn asterisk_forgets_all_matching_choices_and_what_is_below_them() {
    let staste = scanned();
    let done = staste.ok("forget visits --filter 'page=/wp-*' --yes");
    assert!(done.starts_with("forgotten: a total of 4 of visits ("), "{done}");
    assert!(done.contains("7 choices that nothing counts any more"), "{done}");
    assert_eq!((staste.total("visits"), staste.total("visits --filter page=blog/wp-post")), (5, 1));
    assert_eq!(staste.total("visits --filter page=wp-admin"), 0);
    staste.ok("verify visits");
}

#[test]
fn dry_run_shows_choices_and_total_and_forgets_nothing() {
    let staste = scanned();
    assert_eq!(
        staste.ok("forget visits --filter 'page=/wp-*' --filter page=x.php --dry-run"),
        "would forget a total of 7 of visits (page /wp-* or x.php: 4 choices)\n  \
         x.php  3\n  wp-admin  2\n  wp-login.php  1\n  wp-*  1\n"
    );
    assert_eq!(
        staste.ok("forget visits --filter agent=b --dry-run"),
        "would forget a total of 3 of visits (agent b)\n"
    );
    assert_eq!(staste.ok("forget visits --dry-run"), "would forget the whole metrica visits, a total of 9\n");
    assert_eq!(staste.total("visits"), 9);
    assert!(
        staste.fails(2, "forget visits --filter 'page=wp-*'").contains("3 choices"),
        "without a terminal"
    );
}

#[test]
fn escaped_asterisk_is_an_asterisk() {
    let staste = scanned();
    assert_eq!(
        staste.ok(r"forget visits --filter 'page=wp-\*' --dry-run"),
        "would forget a total of 1 of visits (page wp-\\*: 1 choice)\n  wp-*  1\n"
    );
    staste.ok(r"forget visits --filter 'agent=b\*' --yes");
    assert_eq!((staste.total("visits"), staste.total("visits --filter agent=bb")), (8, 1));
    // Without an asterisk, a backslash is itself.
    staste.ok(r"forget visits --filter 'agent=b\' --yes");
    assert_eq!(staste.total("visits"), 7);
}

#[test]
fn pattern_and_a_choice_of_another_axis_must_both_match() {
    let staste = scanned();
    staste.ok("forget visits --filter 'page=*' --filter agent=b --yes");
    assert_eq!(staste.total("visits"), 6);
    let error = staste.fails(2, "forget visits --filter 'page=*' --filter 'agent=b*' --yes");
    assert!(error.contains("page and agent are both filtered to several choices"), "{error}");
    assert_eq!(staste.total("visits"), 6);
}

#[test]
fn matching_choices_are_moved_to_other_and_free_their_places() {
    let staste = scanned();
    let moved = staste.ok("forget visits --filter 'agent=b*' --into-other --yes");
    assert!(moved.starts_with("moved to (other): a total of 6 of visits ("), "{moved}");
    assert!(moved.contains("4 choices that nothing counts any more"), "{moved}");
    assert_eq!((staste.total("visits"), staste.total("visits --filter agent:other")), (9, 6));
    staste.ok("verify visits");
}
