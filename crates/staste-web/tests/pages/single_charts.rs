//! Single charts: their controls, their labels of times, the pivot as a list, and embedded charts.

use http::{Request, StatusCode, header};
use staste_core::{Axis, Choice, Moment};
use staste_web::{LatestCountAndAverageChart, Offer, PieChart, TimeserieChart};

use crate::site::{NOW, Site};

/// Requests by view, some of them an hour ago.
fn requests(site: &Site) -> staste_core::Metrica {
    let requests = site.guests.staste().metrica("requests").axis("view", Axis::stored());
    let requests = requests.axis("status", Axis::stored()).averaged().multiplier(1000).build().unwrap();
    for (view, minutes) in [("front", 1), ("front", 3), ("basket", 2), ("<b>", 5)] {
        let choices = [("view", view), ("status", "200")];
        requests.kick_with(choices, 2, Moment::Instant(NOW - minutes * 60)).unwrap();
    }
    requests.kick_with([("status", "404")], 1, Moment::Instant(NOW)).unwrap();
    requests
}

#[test]
fn latest_chart_is_filtered_by_a_select_of_views() {
    let site = Site::new();
    let _requests = requests(&site);
    let page = site.read("/m/requests/latest?filter=status=200&last=30m&view=front");
    assert!(page.contains("<option value=\"front\" selected>front</option>"));
    assert!(page.contains("<option value=\"&lt;b&gt;\">&lt;b&gt;</option>"));
    assert_eq!(page.matches("<option").count(), 4, "three views and all of them; unset is no view");
    // The form sends the other parameters along, and no view twice.
    let sent: Vec<&str> =
        page.split("type=\"hidden\" ").skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    assert_eq!(sent, [r#"name="filter" value="status=200""#, r#"name="last" value="30m""#]);
    let chosen = site.read("/m/requests/latest?filter=view=basket");
    assert!(chosen.contains("<option value=\"basket\" selected>") && !chosen.contains("type=\"hidden\""));
    let counts = |query: &str| -> u64 {
        let json: serde_json::Value =
            serde_json::from_str(&site.read(&format!("/m/requests/latest.json{query}"))).unwrap();
        json.as_array().unwrap().iter().filter_map(|row| row["count"].as_u64()).sum()
    };
    assert_eq!(
        (counts(""), counts("?view=front"), counts("?view=basket"), counts("?view=%3Cb%3E")),
        (5, 2, 1, 1)
    );
    assert!(!site.read("/m/guests/latest").contains("<select"), "there is no axis view");
}

#[test]
fn links_switch_axis_and_scale_and_keep_other_parameters() {
    let site = Site::new();
    site.guests.kick([("age", "18"), ("gender", "girl")]).unwrap();
    let page = site.read("/m/guests/timeserie?show_axis=age&hide_total=1&filter=gender=girl");
    for link in [
        "?hide_total=1&amp;filter=gender%3Dgirl&amp;show_axis=gender",
        "?hide_total=1&amp;filter=gender%3Dgirl&amp;show_axis=page",
        "?show_axis=age&amp;hide_total=1&amp;filter=gender%3Dgirl&amp;timescale=minute",
        "?show_axis=age&amp;hide_total=1&amp;filter=gender%3Dgirl&amp;timescale=day",
    ] {
        assert!(page.contains(&format!("href=\"{link}\"")), "{link}");
        let address = format!("/m/guests/timeserie{}", link.replace("&amp;", "&"));
        assert!(!site.table(&address, "timeserie").is_empty());
    }
    // A requested timespan is kept, with the scales that suit it.
    let week = site.read("/m/guests/timeserie?axis=age&last=7d&scale=day");
    assert!(week.contains("last=7d&amp;timescale=hour") && !week.contains("timescale=minute"));
}

#[test]
fn times_are_relative_or_in_the_zone_of_the_reader() {
    let site = Site::new();
    site.guests.kick([("age", "18")]).unwrap();
    let first = |address: &str, chart: &str| -> Vec<String> {
        site.table(address, chart).into_iter().map(|row| row[0].clone()).collect()
    };
    let ago = first("/m/guests/timeserie?timescale=hour&clean_date=1", "timeserie");
    assert_eq!(ago, ["4 hrs ago", "3 hrs ago", "2 hrs ago", "1 hr ago", "this hour"]);
    // Files have instants in any case.
    let json = site.read("/m/guests/timeserie.json?timescale=hour&clean_date=1");
    assert!(json.contains("2023-11-14T22:00:00Z"), "{json}");
    let hours = first("/m/guests?last=2h&times=Asia/Kolkata", "course");
    assert_eq!(hours.first().unwrap(), "Wed 15 Nov 2023, 02:30");
    let days = first("/m/guests?last=2d&scale=day&times=Asia/Kolkata", "course");
    assert_eq!(days, ["Mon 13 Nov 2023", "Tue 14 Nov 2023"], "days are those of the metrica");
    let page = site.read("/m/guests?last=2h&times=Asia/Kolkata");
    assert!(page.contains("Days: UTC \u{b7} hours: Asia/Kolkata") && page.contains("back to UTC"));
    assert!(
        page.contains("last=7d&amp;times=Asia/Kolkata") || page.contains("?times=Asia/Kolkata"),
        "links keep it"
    );
    assert_eq!(site.get("/m/guests?times=Mars/Olympus").status(), StatusCode::BAD_REQUEST);
}

#[test]
fn pivot_file_has_every_cell() {
    let site = Site::new();
    for age in 0..30 {
        let gender = if age % 3 == 0 { Choice::Unset } else { Choice::value(["boy", "girl"][age % 2]) };
        site.guests
            .kick_with([("gender", gender), ("age", Choice::value(age.to_string()))], 2, Moment::Now)
            .unwrap();
    }
    let csv = site.read("/m/guests/pivot.csv?pivot=age,gender");
    assert_eq!(csv.lines().next(), Some("age,gender,total,count,average"));
    assert_eq!(csv.lines().count(), 31, "more than the page shows: {csv}");
    assert!(csv.contains("\n29,girl,2,1,2") && csv.contains("\n27,(unset),2,1,2"), "{csv}");
    let rows: Vec<serde_json::Value> =
        serde_json::from_str(&site.read("/m/guests/pivot.json?filter=gender=girl")).unwrap();
    // The first two axes unless others are named.
    assert!(rows.iter().all(|row| row["gender"] == "girl" && row["count"] == 1), "{rows:?}");
    assert_eq!(rows.len(), (0..30).filter(|age| age % 3 != 0 && age % 2 == 1).count());
    assert!(site.read("/m/guests/pivot?pivot=age,gender").contains("<caption"));
    let refused = site.get("/m/guests/pivot.svg?pivot=age,gender");
    assert_eq!(refused.status(), 400);
    assert!(site.read("/m/guests?pivot=age,gender").contains("/m/guests/pivot.csv?pivot=age,gender"));
}

#[test]
fn embedded_chart_loads_nothing_and_has_files() {
    let site = Site::new();
    let _requests = requests(&site);
    site.guests.kick([("age", "18"), ("gender", "girl")]).unwrap();
    let answer = |chart: &PieChart, address: &str| chart.answer(&Request::get(address).body(()).unwrap());
    let pie = PieChart::new(&site.guests)
        .axis("gender")
        .title("Who <came>")
        .offer(Offer::new().axes(["age", "hight"]))
        .frame_ancestors("https://example.org; x");
    let page = answer(&pie, "/anywhere?last=7d");
    assert_eq!(page.status(), 200);
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(
        policy.ends_with("frame-ancestors https://example.org x") && !policy.contains("script-src"),
        "{policy}"
    );
    let text = String::from_utf8(page.into_body()).unwrap();
    assert!(text.contains("Who &lt;came&gt;") && text.contains("girl") && text.contains("<style>"));
    assert!(!text.contains("<script") && !text.contains("/static/"), "it loads nothing");
    for (query, kind, words) in [
        ("?format=svg", "image/svg+xml", "<svg xmlns"),
        ("?format=json", "application/json", "\"girl\""),
        ("?format=csv", "text/csv; charset=utf-8", "girl,1"),
        ("?axis=age&format=csv", "text/csv; charset=utf-8", "18,1"),
    ] {
        let file = answer(&pie, &format!("/x{query}"));
        assert_eq!(file.headers()[header::CONTENT_TYPE], kind, "{query}");
        assert!(String::from_utf8_lossy(file.body()).contains(words), "{query}");
    }
    for (query, words) in [
        ("?format=png", "the formats to choose are html, svg, json, csv"),
        ("?axis=hight", "its axes are"),
        ("?last=7x", "periods"),
    ] {
        let refused = answer(&pie, &format!("/x{query}"));
        assert_eq!(refused.status(), 400);
        assert!(String::from_utf8_lossy(refused.body()).contains(words), "{query}");
    }
    let post = Request::post("/x").body(()).unwrap();
    assert_eq!(pie.answer(&post).headers()[header::ALLOW], "GET, HEAD");
    let again = Request::get("/anywhere").header(header::IF_NONE_MATCH, "*").body(()).unwrap();
    assert_eq!(pie.answer(&again).status(), StatusCode::NOT_MODIFIED);
    let never =
        site.guests.staste().metrica("never").axis("view", Axis::stored()).averaged().build().unwrap();
    let nothing = LatestCountAndAverageChart::new(&never).answer(&Request::get("/x").body(()).unwrap());
    assert_eq!(nothing.status(), 200, "before its first kick");
    let controls = |response: http::Response<Vec<u8>>| String::from_utf8(response.into_body()).unwrap();
    let lines = TimeserieChart::new(&site.guests).axis("age").offer(Offer::new().axes(["page"]));
    let lines = lines.answer(&Request::get("/x").body(()).unwrap());
    assert!(controls(lines).contains("href=\"?show_axis=page\""));
    let latest = LatestCountAndAverageChart::new(&_requests).offer(Offer::new().filters(["view"]));
    let latest = latest.answer(&Request::get("/x").body(()).unwrap());
    assert!(controls(latest).contains("<select name=\"view\">"));
}
