//! `import --strip-query` and `--keep-query`.

use crate::support::program::Program;

/// A log with two addresses.
fn log() -> String {
    [("/shop?utm_source=mail&id=7&page=2", "https://example.com/?q=tea#top"), ("/shop?id=8#x", "-")]
        .map(|(url, referer)| {
            format!(
                "203.0.113.1 - - [14/Nov/2023:10:00:00 +0000] \"GET {url} HTTP/1.1\" 200 5 \"{referer}\" \"x\"\n"
            )
        })
        .concat()
}

fn csv(staste: &Program, query: &str) -> String {
    staste.ok(&format!("query {query} --format csv"))
}

#[test]
fn query_and_fragment_are_removed_from_url_and_referer_of_a_log() {
    let staste = Program::new();
    staste.write("a.log", log());
    staste.ok("import a.log --metrica v --axis url --axis from=referer --axis query --strip-query");
    assert_eq!(csv(&staste, "v --by url"), "url,url:variant,total\n/shop,,2\n");
    assert_eq!(staste.total("v --filter from=https://example.com/"), 1);
    assert_eq!(staste.total("v --filter query=id=8#x"), 1, "other columns stay");
    let error = staste.fails(2, "import a.log --metrica v --axis url --axis from=referer --axis query");
    assert!(error.contains("other columns or options"), "{error}");
    staste.ok("import a.log --metrica w --axis page=path --strip-query");
    assert_eq!(csv(&staste, "w --by page"), "page,page:variant,total\n/shop,,2\n");
}

#[test]
fn parameters_to_keep_stay_in_their_order() {
    let staste = Program::new();
    staste.write("a.log", log());
    staste.ok("import a.log --metrica v --axis url --keep-query page,utm_source");
    assert_eq!(
        csv(&staste, "v --by url"),
        "url,url:variant,total\n/shop?utm_source=mail&page=2,,1\n/shop,,1\n"
    );
    staste.ok("import a.log --metrica w --path-axis url --keep-query page --keep-query id");
    assert_eq!(staste.total("w --filter 'url=shop?id=7&page=2'"), 1);
    let error = staste.fails(2, "import a.log --metrica x --axis page=path --keep-query page");
    assert!(
        error.contains("a.log: --keep-query: no axis takes") && error.contains("--axis NAME=url"),
        "{error}"
    );
}

#[test]
fn columns_of_other_files_are_named() {
    let staste = Program::new();
    staste.write("a.csv", "link,from\n/a?x=1,/b?y=2\n");
    let error = staste.fails(2, "import a.csv --metrica v --axis link --axis from --strip-query");
    assert!(error.contains("a.csv: --strip-query: ") && error.contains("--strip-query=COLUMN"), "{error}");
    staste.ok("import a.csv --metrica v --axis link --axis from --strip-query=link");
    assert_eq!(staste.total("v --filter link=/a --filter from=/b?y=2"), 1);
    staste.write("b.ndjson", "{\"link\":\"/c?x=1\",\"from\":\"/d?y=2&z=3\"}\n");
    staste.ok("import b.ndjson --metrica v --strip-query=link --strip-query=from --keep-query z");
    assert_eq!(staste.total("v --filter link=/c --filter from=/d?z=3"), 1);
    let error = staste.fails(2, "import a.csv --metrica w --axis link --strip-query=linc");
    assert!(error.contains("--strip-query=linc: no axis takes the column linc"), "{error}");
}
