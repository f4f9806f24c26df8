//! Requests and choices of attackers.

use http::Request;
use proptest::prelude::*;
use roxmltree::Document;
use staste_core::Choice;

use crate::site::{Site, figure_of};

/// Choices that would be something else where they are not escaped.
const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></svg><script>alert(1)</script>",
    "javascript:alert(1)",
    "&lt;script&gt;&#60;b&#62;",
    "]]><!--",
    "a\u{0}b\u{1}\u{8}\u{b}\u{c}\u{1f}\u{7f}\u{85}",
    "\u{202e}evil\u{2066}\u{200b}",
    "\u{fffe}\u{ffff}\u{1fffe}",
    "",
    "../../../etc/passwd?x=1&y=2#z",
];

fn hostile_site() -> Site {
    let site = Site::new();
    for text in HOSTILE {
        site.guests.kick([("age", Choice::value(text)), ("page", Choice::path([text, text]))]).unwrap();
    }
    site
}

#[test]
fn choices_never_become_markup() {
    let site = hostile_site();
    for address in [
        "/m/guests?all=age&split=age&pivot=age,page",
        "/m/guests?split=page&show=count",
        "/m/guests/pie?axis=age",
        "/m/guests/top?axis=page&all=page",
        "/m/guests/timeserie?axis=age",
    ] {
        let page = site.read(address);
        assert_eq!(page.matches("<script").count(), 1, "{address}: more than our own script");
        assert!(!page.contains("<img src=x") && !page.contains("href=\"javascript"), "{address}");
        assert!(!page.chars().any(|character| character.is_control() && character != '\n'), "{address}");
        assert!(!page.contains(['\u{202e}', '\u{2066}', '\u{fffe}']), "{address}");
        for id in ["course", "axis-age", "axis-page", "pie", "top", "timeserie"] {
            if page.contains(&format!("id=\"{id}\"")) {
                Document::parse(&figure_of(&page, id))
                    .unwrap_or_else(|error| panic!("{address} {id}: {error}"));
            }
        }
        let svg = address.replacen('?', ".svg?", 1);
        if svg.contains("guests/") {
            Document::parse(&site.read(&svg)).unwrap_or_else(|error| panic!("{svg}: {error}"));
        }
    }
}

#[test]
fn every_link_of_a_page_is_a_page() {
    let site = hostile_site();
    let page = site.read("/m/guests?all=age&pivot=age,page");
    let mut links: Vec<String> = page
        .split("href=\"")
        .skip(1)
        .map(|rest| {
            rest.split('"').next().unwrap().replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
        })
        .collect();
    links.sort();
    links.dedup();
    assert!(links.len() > 60, "{}", links.len());
    for link in links {
        let request = Request::get(&link).body(()).unwrap_or_else(|error| panic!("{link}: {error}"));
        let answer = site.web.answer(&request);
        assert_eq!(answer.status(), 200, "{link}: {}", String::from_utf8_lossy(answer.body()));
        if link.contains("filter=age=") || link.contains("filter=age%3D") {
            // One kick has each of them.
            assert!(String::from_utf8_lossy(answer.body()).contains("<dd title=\"1.00\">"), "{link}");
        }
    }
}

#[test]
fn page_of_ten_thousand_choices_is_small() {
    let site = Site::new();
    for age in 0..10_500 {
        site.guests.kick([("age", age)]).unwrap();
    }
    for address in ["/m/guests", "/m/guests?split=age", "/m/guests?all=age", "/m/guests?pivot=age,page"] {
        let page = site.read(address);
        assert!(page.len() < 400_000, "{address}: {} bytes", page.len());
    }
    assert!(site.read("/m/guests").contains("Show all 10,001</a>"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_address_has_a_response(
        path in prop_oneof!["/[a-z%./0-9]{0,20}", Just("/m/guests".to_owned()), "/m/guests/[a-z.]{0,12}"],
        query in prop_oneof![
            "[ -~]{0,60}",
            "(last|year|month|since|until|scale|show|split|filter|pivot|axis|width|theme|all|compare)=[ -~]{0,20}(&[a-z]{2,6}=[ -~]{0,9}){0,3}",
        ],
    ) {
        thread_local!(static SITE: Site = hostile_site());
        if let Ok(request) = Request::get(format!("{path}?{query}")).body(()) {
            let answer = SITE.with(|site| site.web.answer(&request));
            prop_assert!(matches!(answer.status().as_u16(), 200 | 400 | 404 | 410), "{} {}?{}", answer.status(), path, query);
        }
    }
}

#[test]
fn files_distinguish_choices_and_hold_no_formulas() {
    let site = Site::new();
    let names = [
        "a\nb",
        "a\\nb",
        "\u{202e}",
        "\\u{202e}",
        "\u{ffff}",
        "\u{fffd}",
        "total",
        "=1+2",
        "@SUM(A1)",
        "-2+3",
        "\u{ff1d}1+2",
        "'=1+2",
        "-5",
        "(unset)",
    ];
    for name in names {
        site.guests.kick([("age", Choice::value(name))]).unwrap();
    }
    site.guests.kick([("age", Choice::Unset)]).unwrap();
    let csv = site.read("/m/guests/top.csv?axis=age&show=count");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let mut found: Vec<String> = rows.records().map(|row| row.unwrap()[0].to_owned()).collect();
    found.sort();
    let mut expected = [
        "a\nb",
        "a\\nb",
        "\u{202e}",
        "\\u{202e}",
        "\u{ffff}",
        "\u{fffd}",
        "total",
        "'=1+2",
        "'@SUM(A1)",
        "'-2+3",
        "'\u{ff1d}1+2",
        "''=1+2",
        "-5",
        "\"(unset)\"",
        "(unset)",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
    let lines: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&site.read("/m/guests/timeserie.json?axis=age&last=1d&show=count")).unwrap();
    for name in lines[0]
        .keys()
        .filter(|name| !name.starts_with("hour") && !name.starts_with("total") && *name != "count")
    {
        assert!(names.contains(&name.as_str()) || name == "others" || name.contains("(unset)"), "{name:?}");
    }
}
