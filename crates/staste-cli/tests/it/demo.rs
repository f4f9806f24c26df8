//! The page of `demo`.

use rustix::process::Signal;

use crate::support::program::Program;
use crate::support::web_server::WebServer;

const DEMO: &str = "demo --no-open";

/// Finds the number of a term in the summary.
fn number(page: &str, word: &str) -> u64 {
    let (_, rest) = page.split_once(&format!("<dt>{word}</dt><dd>")).unwrap();
    rest.split('<').next().unwrap().replace(',', "").parse().unwrap()
}

#[test]
fn guest_of_the_form_is_counted_and_invalid_forms_are_refused() {
    let program = Program::new();
    let demo = WebServer::start(&program, DEMO);
    assert!(demo.post("/traffic", "on=no", "").starts_with("HTTP/1.1 303"));
    let page = demo.get("/");
    assert!(page.contains("Start simulated visitors"), "{page}");
    let before = number(&page, "guests in all");
    assert!(before > 10_000, "{before}");
    for (age, header) in [(18, ""), (19, "sec-fetch-site: same-origin\r\n")] {
        let answer = demo.post("/guest", &format!("gender=girl&age={age}"), header);
        assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /\r\n"), "{answer}");
    }
    let page = demo.get("/");
    assert_eq!(number(&page, "guests in all"), before + 2);
    for part in [
        "timeserie-guests-gender",
        "pie-guests-gender",
        "pie-guests-country",
        "timeline-requests-",
        "spread-requests-",
    ] {
        assert!(page.contains(&format!("id=\"{part}\"")), "{part}");
    }
    let refused = [
        ("gender=dog&age=18", ""),
        ("gender=girl&age=131", ""),
        ("gender=girl&age=-1", ""),
        ("gender=girl", ""),
        ("", ""),
        ("gender=girl&age=18", "sec-fetch-site: cross-site\r\n"),
        ("gender=girl&age=18", "origin: https://example.org\r\n"),
        ("gender=girl&age=18", "origin: null\r\n"),
    ];
    for (form, header) in refused {
        let answer = demo.post("/guest", form, header);
        assert!(
            answer.starts_with("HTTP/1.1 400") && answer.contains("Give your gender"),
            "{form}: {answer}"
        );
    }
    assert!(demo.post("/guest", &"x".repeat(5000), "").starts_with("HTTP/1.1 400"));
    assert_eq!(number(&demo.get("/"), "guests in all"), before + 2);
    assert!(demo.get("/staste").contains(">guests</h2>"));
    assert_eq!(demo.stop(Signal::INT), Some(0));
    assert!(!program.path("staste.db").exists());
}

#[test]
fn demo_once_ends_after_one_page() {
    let program = Program::new();
    let demo = WebServer::start(&program, "demo --once");
    let page = demo.get("/");
    assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("</html>"), "{page}");
    assert_eq!(demo.end(), Some(0));
}
