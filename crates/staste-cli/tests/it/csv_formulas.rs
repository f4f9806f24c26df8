//! Choices that a spreadsheet would take for formulas: CSV guards them with an apostrophe, which `import` removes.

use crate::support::program::Program;

#[test]
fn formula_is_guarded_in_csv_and_restored_by_import() {
    let program = Program::new();
    let names = ["=1+2", "\u{ff1d}1+2", "'=1", "-5", "it's"];
    let rows: String = names.iter().map(|name| format!("{name},\"@\"\"a\"\"\"\n")).collect();
    program.write("names.csv", format!("name,age\n{rows}"));
    program.ok("import names.csv --metrica guests --axis name --axis age");
    let guarded = ["'=1+2", "'\u{ff1d}1+2", "''=1", "-5", "it's"];
    for line in ["query guests --by name --by age --format csv", "export guests --output guests.csv"] {
        let out = program.ok(line);
        let csv =
            if out.is_empty() { std::fs::read_to_string(program.path("guests.csv")).unwrap() } else { out };
        for name in guarded {
            assert!(
                csv.contains(&format!(",{name},")) || csv.contains(&format!("\n{name},")),
                "{name} in {csv}"
            );
        }
        assert!(csv.contains("\"'@\"\"a\"\"\""), "{csv}");
    }
    program.ok("import guests.csv --metrica again --axis name --axis age --value total --plain --date start");
    for axis in ["name", "age"] {
        let rows = |metrica: &str| {
            let answer = program.json(&format!("query {metrica} --by {axis}"));
            let mut rows: Vec<String> =
                answer["rows"].as_array().unwrap().iter().map(ToString::to_string).collect();
            rows.sort();
            rows
        };
        assert_eq!(rows("again"), rows("guests"));
    }
    // In a file that is not an export, the apostrophe is part of the text.
    program.write("others.csv", "name\n'=1\n");
    program.ok("import others.csv --metrica others --axis name");
    assert!(program.ok("query others --by name --format json").contains("\"'=1\""));
}
