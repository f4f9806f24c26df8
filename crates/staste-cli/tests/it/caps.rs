//! Axes at their caps: what says so, and how places become free again.

use crate::support::program::Program;

const IMPORT: &str = "--metrica v --path-axis page --axis status --cap page=3";

fn log(pages: &[(&str, u32)]) -> String {
    let line = |(page, status): &(&str, u32)| {
        format!(
            "203.0.113.1 - - [10/Nov/2023:10:00:00 +0000] \"GET {page} HTTP/1.1\" {status} 5 \"-\" \"x\"\n"
        )
    };
    pages.iter().map(line).collect()
}

/// Scanners fill the axis `page`, then a page is new.
fn flooded() -> Program {
    let staste = Program::new();
    let flood = [("/", 200), ("/a.php", 404), ("/b.php", 404), ("/c.php", 404)];
    staste.write("a.log", log(&flood));
    staste.ok(&format!("import a.log {} --path-axis page=path", IMPORT.replace(" --path-axis page", "")));
    staste.write("b.log", log(&[("/new-article", 200)]));
    staste.ok(&format!("import b.log {} --path-axis page=path", IMPORT.replace(" --path-axis page", "")));
    staste
}

#[test]
fn choice_past_the_cap_is_said_with_the_remedy() {
    let staste = flooded();
    let run = staste.run("query v --filter page=/new-article");
    let note = "note: page new-article is past the cap: page has 3 choices, and further ones count as (other) since \
                2023-11-10: 2 so far; raise the cap: staste define v --path-axis page --cap page=6;";
    assert!(run.err.contains(note) && run.err.contains("staste forget v --filter"), "{run:?}");
    assert!(staste.ok("show v").contains("nearly at its cap"));
    staste.ok("define v --path-axis page --cap page=300");
    let run = staste.run("query v --filter page=/new-article");
    assert!(run.err.contains("was never counted"), "{run:?}");
    assert!(!staste.ok("show v").contains("nearly at its cap"));
}

#[test]
fn show_of_a_store_lists_axes_nearly_at_their_caps() {
    let staste = flooded();
    let shown = staste.ok("show");
    assert!(
        shown.contains("axes\n  warning: level 1 of the axis page of v has 3 of at most 3 choices;"),
        "{shown}"
    );
    assert!(shown.contains("staste forget"), "{shown}");
    let expected = serde_json::json!([{
        "metrica": "v", "axis": "page", "taken": 3, "cap": 3,
        "text": "level 1 of the axis page of v has 3 of at most 3 choices; further ones count as other",
    }]);
    assert_eq!(staste.json("show")["nearly_full_axes"], expected);
    assert_eq!(staste.json("show v")["nearly_full_axes"], expected);
    staste.ok("define v --path-axis page --cap page=300");
    assert_eq!(staste.json("show")["nearly_full_axes"], serde_json::json!([]));
    assert!(!staste.ok("show").contains("axes"));
}

#[test]
fn forgotten_choices_give_their_places_back() {
    let staste = flooded();
    let forgotten = staste.ok("forget v --filter status=404 --yes");
    assert!(forgotten.contains("3 choices that nothing counts any more"), "{forgotten}");
    staste.write("c.log", log(&[("/new-article", 200), ("/new-article", 200)]));
    staste.ok(&format!(
        "import c.log {} --path-axis page=path --again",
        IMPORT.replace(" --path-axis page", "")
    ));
    assert_eq!(staste.total("v --filter page=/new-article"), 2);
    assert_eq!(staste.ok("forget v --zero"), "removed: 0 choices of v that nothing counts any more\n");
    staste.ok("forget v --until 2024-01-01 --yes");
    assert_eq!(staste.ok("forget v --zero"), "removed: 3 choices of v that nothing counts any more\n");
    staste.ok("verify v");
}
