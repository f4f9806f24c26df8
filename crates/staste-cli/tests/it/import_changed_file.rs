//! `import` refuses files whose rows would count twice: changed files, and imported files with other columns.

use crate::support::program::Program;

const IMPORT: &str = "import v.csv --metrica visits --axis visitor --axis page";

fn rows(range: std::ops::Range<u32>) -> String {
    range.map(|n| format!("v{n},p{}\n", n % 7)).collect()
}

fn file(rows: &str) -> String {
    format!("visitor,page\n{rows}")
}

#[test]
fn file_changed_in_imported_rows_is_refused() {
    let staste = Program::new();
    let mut all = String::new();
    // Three imports of a growing file make three blocks.
    for grown in [0..10, 10..30, 30..90] {
        all += &rows(grown);
        staste.write("v.csv", file(&all));
        staste.ok(IMPORT);
    }
    for (row, line, soon) in [(12, "v.csv:14: ", false), (10, "v.csv:12: ", false), (30, "v.csv:32: ", false)]
    {
        staste.write("v.csv", file(&all.replace(&format!("v{row},"), "ann,")));
        let error = staste.fails(2, IMPORT);
        assert!(
            error.contains(line) && error.contains("--again") && error.contains("of their own"),
            "{error}"
        );
        assert_eq!(error.contains("or soon after it"), soon, "{error}");
        assert!(staste.fails(2, &format!("{IMPORT} --dry-run")).contains(line));
    }
    staste.write("v.csv", file(&all.replace("v80,", "ann,")));
    let error = staste.fails(2, IMPORT);
    assert!(error.contains("or soon after it") && error.contains("v.csv:"), "{error}");
    assert_eq!(staste.total("visits"), 90);
    // New rows after the change are not counted; --again counts all rows.
    staste.write("v.csv", file(&(all.replace("v12,", "ann,") + &rows(90..100))));
    staste.fails(2, IMPORT);
    assert_eq!(staste.total("visits"), 90);
    staste.ok(&format!("{IMPORT} --again"));
    assert_eq!(staste.total("visits"), 190);
    // A file that has only grown is still accepted.
    staste.write("v.csv", file(&(all + &rows(90..100))));
    assert_eq!(staste.json(IMPORT)["counted"], 10);
}

#[test]
fn file_changed_in_its_first_rows_is_refused() {
    let staste = Program::new();
    staste.write("v.csv", file(&rows(0..50)));
    staste.ok(IMPORT);
    for (row, line) in [("v4,", "v.csv:6: "), ("v0,", "v.csv:2: ")] {
        staste.write("v.csv", file(&rows(0..50).replace(row, "ann,")));
        let error = staste.fails(2, IMPORT);
        assert!(error.contains(line) && error.contains("--again"), "{error}");
    }
    assert_eq!(staste.total("visits"), 50);
}

#[test]
fn file_with_other_content_is_counted() {
    let staste = Program::new();
    staste.write("v.csv", file(&rows(0..50)));
    staste.ok(IMPORT);
    staste.write("v.csv", file(&rows(100..150)));
    assert_eq!(staste.run(IMPORT).err, "note: without --date every row counts as happening now\n");
    // With its first or last row in common it may be the same file.
    staste.write("v.csv", file(&(rows(0..1) + &rows(200..250))));
    assert!(staste.fails(2, IMPORT).contains("v.csv:3: "));
    staste.write("v.csv", file(&(rows(200..250) + &rows(149..150))));
    assert!(staste.fails(2, IMPORT).contains("v.csv:2: "));
    assert_eq!(staste.total("visits"), 100);
}

#[test]
fn imported_file_with_other_columns_is_refused() {
    let staste = Program::new();
    staste.ok("define visits --axis visitor --axis page");
    staste.write("v.csv", file(&rows(0..50)));
    staste.ok("import v.csv --metrica visits --axis page=");
    staste.write("v.csv", file(&rows(0..60)));
    for import in [IMPORT, "import v.csv --metrica visits", "import v.csv --metrica visits --null v1=skip"] {
        let error = staste.fails(2, import);
        assert!(
            error.contains("v.csv: it was imported with other columns") && error.contains("--again"),
            "{error}"
        );
    }
    assert_eq!(staste.total("visits"), 50);
    assert_eq!(staste.json("import v.csv --metrica visits --axis page=")["counted"], 10);
    assert_eq!(staste.json(&format!("{IMPORT} --again"))["counted"], 60);
    assert_eq!(staste.json(&IMPORT.replace("visits", "others"))["counted"], 60, "of its own");
    staste.write("v.csv", file(&(rows(0..1) + &rows(70..80))));
    assert!(staste.fails(2, IMPORT).contains("other columns"), "the first row is the same");
    assert_eq!(staste.total("visits"), 120);
}
