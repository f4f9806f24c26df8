//! Drawings of charts: well-formed whatever their names, the same as their snapshots, with tables of their numbers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails panics")]

mod samples;

use std::collections::HashSet;
use std::path::Path;

use roxmltree::{Document, Node};
use staste_web::drawing::{Drawing, Theme, style_sheet};

/// Snapshots of larger drawings are too long to be compared by eye.
const LARGEST_SNAPSHOT: usize = 16_000;

fn figure(drawing: &Drawing) -> String {
    drawing.figure().into_string()
}

/// The document that a figure makes when it is read as XML.
fn check(name: &str, text: &str, each: impl Fn(&Node<'_, '_>)) {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    let mut ids = HashSet::new();
    for node in document.descendants().filter(Node::is_element) {
        let tag = node.tag_name().name();
        assert!(!matches!(tag, "script" | "img" | "foreignObject" | "use"), "{name}: <{tag}>");
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            assert!(key != "style" && !key.starts_with("on"), "{name}: {key} on <{tag}>");
            assert!(!value.contains("NaN") && !value.contains("inf"), "{name}: {key}={value}");
            if key == "id" {
                assert!(ids.insert(value.to_owned()), "{name}: two of the id {value}");
            }
        }
        each(&node);
    }
}

#[test]
fn every_chart_is_well_formed_under_a_strict_policy() {
    for (name, drawing) in samples::all() {
        check(name, &figure(&drawing), |_| ());
        for theme in [Theme::Light, Theme::Dark, Theme::Auto] {
            check(name, &drawing.file(720.0, theme), |_| ());
        }
        for width in [200.0, 2000.0] {
            check(name, &drawing.file(width, Theme::Light), |node| {
                let wide = node.attribute("width").filter(|width| !width.ends_with('%'));
                let wide = wide.map_or(0.0, |wide| wide.parse::<f64>().unwrap());
                assert!(wide >= 0.0 && wide <= width + 1e-6, "{name}: {node:?}");
            });
        }
    }
}

#[test]
fn chart_is_the_same_as_its_snapshot() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, drawing) in samples::all() {
            let text = figure(&drawing).replace("><", ">\n<");
            if text.len() < LARGEST_SNAPSHOT {
                insta::assert_snapshot!(name, text);
            }
        }
        insta::assert_snapshot!("style-sheet", style_sheet());
    });
}

#[test]
fn tables_have_a_row_for_each_period_or_choice() {
    for (name, drawing) in samples::all() {
        let table = drawing.table();
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{name}");
        let rows = match name {
            "timeline-year" => 365,
            "timeline-signed" => 25,
            "lines-many" => 1440,
            "heat" | "heat-signed" => 7,
            "spread" | "spread-signed" => 24,
            "histogram-one" => 1,
            "donut-none" | "top-none" | "histogram-none" => 0,
            _ => continue,
        };
        assert_eq!(table.rows.len(), rows, "{name}");
    }
}

/// Labels that would overlap in a file are hidden.
#[test]
fn narrow_file_hides_labels_as_narrow_pages_do() {
    for (name, drawing) in samples::all().into_iter().filter(|(name, _)| name.starts_with("timeline")) {
        let hidden = |width: f64, rank: &str| {
            let file = drawing.file(width, Theme::Light);
            let (_, rules) = file.split_once("<style>").unwrap();
            let (rules, _) = rules.split_once("</style>").unwrap();
            rules.rsplit('}').nth(1).is_some_and(|last| last.contains(rank) && last.contains("display:none"))
        };
        assert!(hidden(720.0, ".r3") && !hidden(720.0, ".r1"), "{name}");
        assert!(hidden(400.0, ".r1") && hidden(600.0, ".r2"), "{name}");
        assert!(!hidden(2000.0, ".r3"), "{name}");
    }
}

#[test]
fn large_charts_stay_small_enough_to_send() {
    for (name, drawing) in samples::all() {
        let most = match name {
            "lines-many" => 330_000,
            "lines-gone" => 130_000,
            "timeline-year" => 100_000,
            _ => 70_000,
        };
        // The numbers folded away are left out.
        let text = figure(&drawing);
        let picture = text.split("<details").next().unwrap();
        assert!(picture.len() < most, "{name}: {} bytes", picture.len());
    }
}

/// Writes a page with all charts and each chart as a file, for review by eye.
#[test]
fn gallery_shows_every_chart() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("charts");
    std::fs::create_dir_all(&folder).unwrap();
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Charts</title>\
         <style>{}{}main{{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,560px),1fr));gap:24px;\
         padding:16px}}section{{border:1px solid var(--grid);border-radius:8px;padding:16px;min-width:0}}</style><main>",
        style_sheet(),
        include_str!("../../assets/page.css")
    );
    for (name, drawing) in samples::all() {
        page.push_str(&format!("<section><h2>{name}</h2>{}</section>", figure(&drawing)));
        std::fs::write(folder.join(format!("{name}.svg")), drawing.file(720.0, Theme::Light)).unwrap();
    }
    std::fs::write(folder.join("gallery.html"), page).unwrap();
}
