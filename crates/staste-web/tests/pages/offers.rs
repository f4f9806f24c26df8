//! Queries of strangers to charts: for charts whose authors offer nothing, and for one that offers much.

use http::{Request, Response};
use staste_core::{Axis, Metrica, Scale};
use staste_web::{LatestCountAndAverageChart, Offer, PieChart, TimelineChart, TimeserieChart};

use crate::site::Site;

/// Orders, whose email addresses are private.
fn orders(site: &Site) -> Metrica {
    let orders = site.guests.staste().metrica("orders").axis("gender", Axis::stored());
    let orders =
        orders.axis("email", Axis::stored()).axis("view", Axis::stored()).averaged().build().unwrap();
    for (gender, email) in
        [("girl", "ann@example.org"), ("girl", "eve@example.org"), ("boy", "bob@example.org")]
    {
        orders.kick([("gender", gender), ("email", email), ("view", "basket")]).unwrap();
    }
    orders
}

/// One of the charts.
enum Chart {
    Pie(PieChart),
    Timeline(TimelineChart),
    Timeserie(TimeserieChart),
    Latest(LatestCountAndAverageChart),
}

impl Chart {
    fn get(&self, query: &str) -> Response<Vec<u8>> {
        let request = Request::get(format!("/chart?{query}")).body(()).unwrap();
        match self {
            Chart::Pie(chart) => chart.answer(&request),
            Chart::Timeline(chart) => chart.answer(&request),
            Chart::Timeserie(chart) => chart.answer(&request),
            Chart::Latest(chart) => chart.answer(&request),
        }
    }
}

/// Asserts that a stranger never sees an email address, and that an error names the refused parameter.
fn assert_stranger_gets(chart: &Chart, name: &str, query: &str, refused: &str) {
    let response = chart.get(query);
    let status = response.status();
    let body = String::from_utf8(response.into_body()).unwrap();
    assert!(!body.contains("example.org"), "{name}?{query} shows: {body}");
    assert!(!body.contains("href=\"?show_axis=email"), "{name}?{query} links to what is not offered");
    if refused.is_empty() {
        assert_eq!(status, 200, "{name}?{query}: {body}");
    } else {
        assert_eq!(status, 400, "{name}?{query} is answered: {body}");
        let words = format!("{refused} is not offered by this chart");
        assert!(body.contains(&words), "{name}?{query} lacks {words:?}: {body}");
    }
}

#[test]
fn chart_without_an_offer_answers_strangers_only_what_its_author_gave() {
    let site = Site::new();
    let orders = orders(&site);
    let pie = Chart::Pie(PieChart::new(&orders).axis("gender"));
    let timeline = Chart::Timeline(TimelineChart::new(&orders));
    let timeserie = Chart::Timeserie(TimeserieChart::new(&orders));
    let latest = Chart::Latest(LatestCountAndAverageChart::new(&orders));
    for (chart, name, query, refused) in [
        // The chart, its files and its look.
        (&pie, "pie", "", ""),
        (&pie, "pie", "axis=gender", ""),
        (&pie, "pie", "show_axis=gender&last=7d&show=total", ""),
        (&pie, "pie", "format=csv", ""),
        (&pie, "pie", "format=json", ""),
        (&pie, "pie", "format=svg&width=400&theme=dark", ""),
        (&pie, "pie", "utm_source=elsewhere&last=&axis=&filter=", ""),
        // Another axis, known or unknown, by either name and however often.
        (&pie, "pie", "axis=email&format=csv&last=ever", "axis=email"),
        (&pie, "pie", "show_axis=email", "axis=email"),
        (&pie, "pie", "axis=email&axis=gender", "axis=email"),
        (&pie, "pie", "axis=nope", "axis=nope"),
        (&pie, "pie", "split=email", "split=email"),
        // Filters, known and unknown, as a variant, and of 2011.
        (&pie, "pie", "filter=email=ann", "filter=email=ann"),
        (&pie, "pie", "filter=gender=girl", "filter=gender=girl"),
        (&pie, "pie", "filter=email:unset&format=json", "filter=email:unset"),
        (&pie, "pie", "filter=nope=1", "filter=nope=1"),
        (&pie, "pie", "email=x", "email=x"),
        (&pie, "pie", "view=basket", "filter=view=basket"),
        // Timespans in each of their forms.
        (&pie, "pie", "last=ever", "last=ever"),
        (&pie, "pie", "last=30d", "last=30d"),
        (&pie, "pie", "year=2023&month=11", "year=2023"),
        (&pie, "pie", "timespan__year=2023", "year=2023"),
        (&pie, "pie", "since=2023-11-14", "since=2023-11-14"),
        (&pie, "pie", "until=2023-11-15&format=csv", "until=2023-11-15"),
        (&pie, "pie", "timescale=day&day__ago=30", "last=30d"),
        // Scales, numbers, the comparison, and what belongs to the dashboard.
        (&pie, "pie", "scale=minute", "scale=minute"),
        (&pie, "pie", "show=average", "show=average"),
        (&pie, "pie", "compare=before", "compare=before"),
        (&pie, "pie", "pivot=gender,email", "pivot=gender,email"),
        (&pie, "pie", "all=email", "all=email"),
        (&timeline, "timeline", "", ""),
        (&timeline, "timeline", "split=email&format=csv", "split=email"),
        (&timeline, "timeline", "split=gender", "split=gender"),
        (&timeline, "timeline", "scale=minute", "scale=minute"),
        (&timeline, "timeline", "compare=before", "compare=before"),
        (&timeline, "timeline", "last=400d", "last=400d"),
        // Scales of its own, each with a timespan of its own, but no axis next to the first.
        (&timeserie, "timeserie", "", ""),
        (&timeserie, "timeserie", "timescale=day&hide_total=1&clean_date=1", ""),
        (&timeserie, "timeserie", "scale=minute&format=csv", ""),
        (&timeserie, "timeserie", "show_axis=email", "axis=email"),
        (&timeserie, "timeserie", "timescale=day&day__ago=300", "last=300d"),
        (&timeserie, "timeserie", "timescale=week", "scale=week"),
        (&timeserie, "timeserie", "hour__ago=48", "last=48h"),
        (&latest, "latest", "", ""),
        (&latest, "latest", "scale=hour", ""),
        (&latest, "latest", "scale=day", "scale=day"),
        (&latest, "latest", "last=ever", "last=ever"),
        (&latest, "latest", "view=basket", "filter=view=basket"),
        (&latest, "latest", "filter=email=ann", "filter=email=ann"),
    ] {
        assert_stranger_gets(chart, name, query, refused);
    }
    let page = String::from_utf8(latest.get("").into_body()).unwrap();
    assert!(!page.contains("<select") && page.contains("?scale=hour"), "views are not offered: {page}");
}

#[test]
fn chart_with_an_offer_answers_what_is_listed_and_nothing_else() {
    let site = Site::new();
    let orders = orders(&site);
    let offer = Offer::new()
        .axes(["view"])
        .filters(["gender", "view"])
        .periods(["30d", "ever", "month"])
        .and_then(|offer| offer.scales([Scale::Day, Scale::Hour]).formats(["csv"]))
        .and_then(|offer| offer.measures(["count"]))
        .unwrap();
    let timeserie = Chart::Timeserie(TimeserieChart::new(&orders).axis("gender").offer(offer.clone()));
    let timeline = Chart::Timeline(TimelineChart::new(&orders).offer(offer.clone().comparison()));
    let latest = Chart::Latest(LatestCountAndAverageChart::new(&orders).offer(offer));
    for (chart, name, query, refused) in [
        (&timeserie, "timeserie", "show_axis=view&filter=gender=girl", ""),
        (&timeserie, "timeserie", "last=30d&scale=day&format=csv", ""),
        (&timeserie, "timeserie", "timescale=day&day__ago=30", ""),
        (&timeserie, "timeserie", "timespan__year=2023&timespan__month=11&show=count", ""),
        (&timeserie, "timeserie", "axis=email", "axis=email"),
        (&timeserie, "timeserie", "show_axis=view&filter=email=x", "filter=email=x"),
        (&timeserie, "timeserie", "last=31d", "last=31d"),
        (&timeserie, "timeserie", "year=2023", "year=2023"),
        (&timeserie, "timeserie", "year=2023&month=11&day=14", "year=2023"),
        (&timeserie, "timeserie", "timescale=minute", "scale=minute"),
        (&timeserie, "timeserie", "format=json", "format=json"),
        (&timeserie, "timeserie", "show=average", "show=average"),
        (&timeserie, "timeserie", "compare=before", "compare=before"),
        (&timeline, "timeline", "compare=before&last=30d", ""),
        (&timeline, "timeline", "split=view&last=ever", ""),
        (&timeline, "timeline", "split=gender", "split=gender"),
        (&latest, "latest", "view=basket", ""),
    ] {
        assert_stranger_gets(chart, name, query, refused);
    }
    let page = String::from_utf8(timeserie.get("").into_body()).unwrap();
    for link in ["show_axis=gender", "show_axis=view", "timescale=day", "timescale=hour"] {
        assert!(page.contains(&format!("href=\"?{link}\"")), "{link} in {page}");
    }
    assert!(!page.contains("timescale=minute") && !page.contains("show_axis=email"), "{page}");
    let page = String::from_utf8(latest.get("").into_body()).unwrap();
    assert!(page.contains("<option value=\"basket\">"), "{page}");
}

#[test]
fn query_of_the_author_holds_unless_a_visitor_chooses_what_is_offered() {
    let site = Site::new();
    let orders = orders(&site);
    let pie = PieChart::new(&orders).axis("gender").query("last=30d&filter=email=ann@example.org");
    let body = |query: &str| {
        let request = Request::get(format!("/pie?{query}")).body(()).unwrap();
        let response = pie.answer(&request);
        (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap())
    };
    let (status, csv) = body("format=csv");
    assert_eq!((status, csv.contains("girl,1"), csv.contains("boy")), (200, true, false), "{csv}");
    assert_eq!(body("last=30d&filter=email=ann@example.org").0, 200, "what is shown anyway may be named");
    for query in ["filter=email=bob@example.org", "filter=email:other", "last=7d"] {
        let (status, words) = body(query);
        assert!(status == 400 && words.contains("is not offered"), "{query}: {status} {words}");
    }
    // The timespan of the author is that of every scale.
    let lines = TimeserieChart::new(&orders).query("last=60m");
    assert!(lines.figure("timescale=day").unwrap_err().to_string().contains("scale=day is not offered"));
    let lines = lines.offer(Offer::new().scales([Scale::Hour]));
    assert!(lines.figure("timescale=hour").is_ok());
}

#[test]
fn dashboard_answers_every_axis_filter_and_timespan() {
    let site = Site::new();
    let _orders = orders(&site);
    for address in [
        "/m/orders/pie.csv?axis=email&last=ever",
        "/m/orders/timeserie?show_axis=email",
        "/m/orders/timeline?split=email&compare=before&scale=hour&show=average",
        "/m/orders/latest?view=basket",
        "/m/orders/pie?axis=email&filter=gender=girl&year=2023",
    ] {
        assert_eq!(site.get(address).status(), 200, "{address}");
    }
    assert!(site.read("/m/orders/pie.csv?axis=email&last=ever").contains("ann@example.org"));
    assert!(site.read("/m/orders/timeserie").contains("show_axis=email"));
}
