//! `import` refuses what would count rows twice: changed files, and other columns of a known one.

use crate::program::Program;

const IMPORT: &str = "import v.csv --metrica visits --axis visitor --axis page";

fn rows(range: std::ops::Range<u32>) -> String {
    range.map(|n| format!("v{n},p{}\n", n % 7)).collect()
}

fn file(rows: &str) -> String {
    format!("visitor,page\n{rows}")
}

#[test]
fn a_file_that_was_changed_further_up_is_refused() {
    let staste = Program::new();
    let mut all = String::new();
    // Three imports of a file that grows are three blocks.
    for grown in [0..10, 10..30, 30..90] {
        all += &rows(grown);
        staste.write("v.csv", file(&all));
        staste.ok(IMPORT);
    }
    for (row, line, soon) in [(12, "v.csv:14: ", false), (10, "v.csv:12: ", false), (30, "v.csv:32: ", false)]
    {
        staste.write("v.csv", file(&all.replace(&format!("v{row},"), "ann,")));
        let told = staste.fails(2, IMPORT);
        assert!(told.contains(line) && told.contains("--again") && told.contains("of their own"), "{told}");
        assert_eq!(told.contains("or soon after it"), soon, "{told}");
        assert!(staste.fails(2, &format!("{IMPORT} --dry-run")).contains(line));
    }
    staste.write("v.csv", file(&all.replace("v80,", "ann,")));
    let told = staste.fails(2, IMPORT);
    assert!(told.contains("or soon after it") && told.contains("v.csv:"), "{told}");
    assert_eq!(staste.total("visits"), 90);
    // New rows below the change are not counted either; --again counts all.
    staste.write("v.csv", file(&(all.replace("v12,", "ann,") + &rows(90..100))));
    staste.fails(2, IMPORT);
    assert_eq!(staste.total("visits"), 90);
    staste.ok(&format!("{IMPORT} --again"));
    assert_eq!(staste.total("visits"), 190);
    // What was only added to is still taken.
    staste.write("v.csv", file(&(all + &rows(90..100))));
    assert_eq!(staste.json(IMPORT)["counted"], 10);
}

#[test]
fn one_that_differs_in_its_first_block_is_another_file_and_told() {
    let staste = Program::new();
    staste.write("v.csv", file(&rows(0..50)));
    staste.ok(IMPORT);
    staste.write("v.csv", file(&rows(0..50).replace("v4,", "ann,")));
    let run = staste.run(IMPORT);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.err.contains("note: v.csv:6: up to here it is like a file that was imported before"),
        "{run:?}"
    );
    assert_eq!(staste.run(&format!("-q {IMPORT}")).err, "");
    assert_eq!(staste.total("visits"), 100);
    staste.write("v.csv", file(&rows(100..150)));
    assert!(!staste.run(IMPORT).err.contains("up to here"), "it begins otherwise");
}

#[test]
fn other_columns_of_a_known_file_are_refused() {
    let staste = Program::new();
    staste.ok("define visits --axis visitor --axis page");
    staste.write("v.csv", file(&rows(0..50)));
    staste.ok("import v.csv --metrica visits --axis page=");
    staste.write("v.csv", file(&rows(0..60)));
    for import in [IMPORT, "import v.csv --metrica visits", "import v.csv --metrica visits --null v1=skip"] {
        let told = staste.fails(2, import);
        assert!(
            told.contains("v.csv: it was imported with other columns") && told.contains("--again"),
            "{told}"
        );
    }
    assert_eq!(staste.total("visits"), 50);
    assert_eq!(staste.json("import v.csv --metrica visits --axis page=")["counted"], 10);
    assert_eq!(staste.json(&format!("{IMPORT} --again"))["counted"], 60);
    assert_eq!(staste.json(&IMPORT.replace("visits", "others"))["counted"], 60, "of its own");
    // Another file that begins alike is counted and told.
    staste.write("v.csv", file(&(rows(0..1) + &rows(70..80))));
    let run = staste.run(IMPORT);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.err.contains("note: v.csv: a file that starts in the same way was imported with other columns"),
        "{run:?}"
    );
    assert_eq!(staste.total("visits"), 131);
}
