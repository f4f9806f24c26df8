//! `import` of CSV files with lines before the header, or comments.

use crate::support::program::Program;

#[test]
fn separator_line_of_excel_sets_the_delimiter() {
    let staste = Program::new();
    staste.write("a.csv", "\u{feff}sep=;\r\nwhat;n\r\ntea;1,5\r\ncoffee;x\r\n");
    let run = staste.run("import a.csv --metrica v --axis what --axis n");
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(staste.total("v --filter what=tea --filter n=1,5"), 1);
    let run = staste.run("import a.csv --metrica w --axis what --value n --multiplier 10");
    assert!(run.err.contains("a.csv:4: "), "lines keep their numbers: {run:?}");
    staste.write("b.txt", "sep=|\na|b\n1|2\n");
    assert_eq!(staste.json("import b.txt --metrica x --axis b")["counted"], 1);
    staste.write("c.csv", "sep=;\na,b\n1,2\n");
    assert_eq!(staste.json("import c.csv --metrica y --axis b --delimiter ,")["counted"], 1);
    let run = staste.run("import c.csv --metrica z --axis b=col2 --no-header --delimiter ,");
    assert!(run.out.contains("  2  counted\n"), "the line is not data: {run:?}");
}

#[test]
fn comments_above_the_header_are_counted_and_skipped() {
    let staste = Program::new();
    staste.write("a.csv", "# Export of 2023-11-14\n# by \"the till\n\nwhat,n\ntea,1\n");
    let run = staste.run("import a.csv --metrica v --axis what --value n");
    assert!(run.code == Some(0) && run.out.contains("  2  comments, which are not rows\n"), "{run:?}");
    assert_eq!(staste.total("v --filter what=tea --total"), 1);
    let summary = staste.json("import a.csv --metrica v --axis what --value n");
    assert_eq!((&summary["imported_before"], &summary["comments"]), (&1.into(), &2.into()));
    staste.write("b.csv", "# Export of 2023-11-15\nwhat,n\ntea,2\n");
    assert_eq!(staste.json("import b.csv --metrica v --axis what --value n")["comments"], 1);
}

#[test]
fn header_that_starts_with_a_hash_is_a_header() {
    let staste = Program::new();
    for (name, text) in
        [("a.csv", "#id,what\n1,tea\n"), ("b.csv", "#,what\n2,tea\n"), ("c.csv", "# till\n#id,what\n3,tea\n")]
    {
        staste.write(name, text);
        let summary = staste.json(&format!("import {name} --metrica v --axis what"));
        assert_eq!(summary["counted"], 1, "{name}");
    }
    assert_eq!(staste.json("import a.csv --metrica w --axis number=#id")["counted"], 1);
    assert_eq!(staste.total("v --filter what=tea"), 3);
}

#[test]
fn comments_between_rows_are_skipped_with_the_option() {
    let staste = Program::new();
    staste.write("a.csv", "#what,n\nwhat,n\ntea,1\n# then, \"coffee\ncoffee,2\n\"#1\",3\n");
    let error = staste.fails(2, "import a.csv --metrica v --axis what --value n");
    assert!(error.contains("unknown column `what`") && error.contains("give --comment '#'"), "{error}");
    let summary = staste.json("import a.csv --metrica v --axis what --value n --comment #");
    assert_eq!((&summary["counted"], &summary["comments"]), (&3.into(), &2.into()));
    assert_eq!(staste.total("v --filter what=#1 --total"), 3, "a quoted field is not a comment");
    staste.write("b.csv", "what,n\ntea,1\n# then\n");
    let run = staste.run("import b.csv --metrica v --axis what --value n");
    assert!(run.code == Some(3), "{run:?}");
    assert!(
        run.err.contains("b.csv:3: expected 2 fields, found 1; if it is a comment, give --comment '#'"),
        "{run:?}"
    );
    assert!(staste.fails(2, "import b.csv --metrica v --comment //").contains("invalid --comment \"//\""));
}
