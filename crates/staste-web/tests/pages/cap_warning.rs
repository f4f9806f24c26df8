//! The overview warns of axes that are nearly at their caps.

use http::Request;
use staste_core::{Axis, Clock, MemoryStore, RecorderOptions, Staste};
use staste_web::{Web, WebOptions};

use crate::site::NOW;

#[test]
fn overview_names_axes_nearly_at_their_caps_and_how_to_make_room() {
    let options = RecorderOptions::default().flush_every(None);
    let staste = Staste::with(std::sync::Arc::new(MemoryStore::new()), Clock::fixed(NOW), options);
    let visits = staste.metrica("visits").axis("page", Axis::stored().cap(10)).axis("status", Axis::stored());
    let visits = visits.build().unwrap();
    let mut options = WebOptions::default();
    options.base = "/staste".to_owned();
    let web = Web::new(staste.clone(), options);
    let overview = || {
        staste.flush().unwrap();
        let response = web.answer(&Request::get("/staste/").body(()).unwrap());
        String::from_utf8(response.into_body()).unwrap()
    };
    for page in 0..8 {
        visits.kick([("page", page), ("status", 200)]).unwrap();
    }
    assert!(!overview().contains("data-part=\"caps\""));
    visits.kick([("page", 8), ("status", 404)]).unwrap();
    let page = overview();
    let (_, warning) = page.split_once("data-part=\"caps\"").unwrap();
    let (warning, _) = warning.split_once("</section>").unwrap();
    assert!(
        warning.contains(
            "href=\"/staste/m/visits\">the axis page of visits has 9 of at most 10 choices; further ones count as other<"
        ),
        "{warning}"
    );
    assert!(warning.contains("--cap AXIS=NUMBER") && !warning.contains("axis status"), "{warning}");
}
