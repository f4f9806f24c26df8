//! Pages of more than a page reads: the largest part is exact, the rest is summed, and files are refused with a remedy.

use std::sync::{Arc, Mutex};

use http::{Request, StatusCode};
use staste_core::store::TimeLimit;
use staste_core::{Axis, Clock, Keep, MemoryStore, Metrica, Moment, Result, Scale, Staste};
use staste_testkit::{InterceptedStore, Interceptor, Operation};
use staste_web::{PieChart, Web};

use crate::site::{NOW, Site};

/// Operations of a Store that ran without a time limit.
#[derive(Clone, Debug, Default)]
struct Unlimited(Arc<Mutex<Vec<Operation>>>);

impl Interceptor for Unlimited {
    fn before(&self, verb: Operation) -> Result<()> {
        // A flush has a thread of its own, and a page waits for it no longer than a moment.
        if verb != Operation::Apply && TimeLimit::current().is_none() {
            self.0.lock().unwrap().push(verb);
        }
        Ok(())
    }
}

/// Shops and items, few of which were combined: the limit is of their product.
const SHOPS: i64 = 400;
const ITEMS: i64 = 300;

/// Orders in the diagonal, larger ones first, some of them hours ago.
fn orders(site: &Site) -> Metrica {
    let orders =
        site.guests.staste().metrica("orders").axis("shop", Axis::stored()).axis("item", Axis::stored());
    let orders = orders.averaged().build().unwrap();
    for shop in 0..SHOPS {
        for item in [shop % ITEMS, (shop * 7) % ITEMS] {
            let (name, item) = (format!("s{shop}"), format!("i{item}"));
            let at = Moment::Instant(NOW - (shop % 48) * 3600);
            orders.kick_with([("shop", &name), ("item", &item)], SHOPS - shop, at).unwrap();
        }
    }
    orders
}

/// The rows of the table of a pivot, as numbers where they are some.
fn pivot(site: &Site, address: &str) -> Vec<Vec<String>> {
    let page = site.read(address);
    let (_, table) = page.split_once("<table class=\"pivot\">").unwrap();
    let (table, _) = table.split_once("</table>").unwrap();
    let cell = |cell: &str| {
        let text: String = cell.split('<').map(|part| part.rsplit('>').next().unwrap_or_default()).collect();
        text.replace(['\u{202f}', ','], "")
    };
    let cells = |row: &str| {
        row.split("</th>")
            .flat_map(|part| part.split("</td>"))
            .map(cell)
            .filter(|text| !text.is_empty())
            .collect()
    };
    table.split("<tr>").skip(1).map(cells).collect()
}

#[test]
fn pivot_past_the_limit_shows_the_largest_and_sums_the_others() {
    let site = Site::new();
    let orders = orders(&site);
    let rows = pivot(&site, "/m/orders/pivot?pivot=shop,item&last=ever");
    assert_eq!((rows.len(), rows[0].len()), (1 + 20 + 1, 1 + 10 + 1), "{rows:?}");
    assert_eq!((rows[0][11].as_str(), rows[21][0].as_str()), ("all others", "all others"));
    let number = |text: &str| text.parse::<i128>().unwrap_or(0);
    let sum: i128 = rows[1..].iter().flat_map(|row| &row[1..]).map(|cell| number(cell)).sum();
    assert_eq!(sum, orders.total().unwrap().raw(), "{rows:?}");
    for row in &rows[1..21] {
        let view = orders.filter([("shop", row[0].as_str())]).unwrap();
        let whole: i128 = row[1..].iter().map(|cell| number(cell)).sum();
        assert_eq!(whole, view.total().unwrap().raw(), "{row:?}");
        for (item, cell) in rows[0][1..11].iter().zip(&row[1..11]) {
            let expected = view.filter([("item", item.as_str())]).unwrap().total().unwrap();
            assert_eq!(number(cell), expected.raw(), "{} by {item}", row[0]);
        }
    }
    for (column, item) in rows[0].iter().enumerate().skip(1).take(10) {
        let whole: i128 = rows[1..].iter().map(|row| number(&row[column])).sum();
        assert_eq!(whole, orders.filter([("item", item.as_str())]).unwrap().total().unwrap().raw(), "{item}");
    }
    let largest = orders.values().top("shop", 20).unwrap();
    let shown: Vec<&str> = rows[1..21].iter().map(|row| row[0].as_str()).collect();
    assert!(largest.iter().all(|(shop, _)| shown.contains(&shop.to_string().as_str())), "{shown:?}");
    let words = site.read("/m/orders/pivot?pivot=shop,item&last=ever");
    assert!(words.contains("The 20 largest of 400 of shop and the 10 largest of 300 of item are shown"));
    // The page has it, too, and no link to a file that would be refused.
    let page = site.read("/m/orders?pivot=shop,item&last=ever");
    assert!(page.contains("all others") && !page.contains("pivot.csv"));
    // Averages are those of what is left.
    assert!(site.read("/m/orders/pivot?pivot=shop,item&last=ever&show=average").contains("all others"));
}

#[test]
fn file_past_the_limit_is_an_error_with_a_remedy() {
    let site = Site::new();
    let _orders = orders(&site);
    for form in ["csv", "json"] {
        let refused = site.get(&format!("/m/orders/pivot.{form}?pivot=shop,item&last=ever"));
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        let words = String::from_utf8(refused.into_body()).unwrap();
        assert!(words.contains("100000 combinations"), "{words}");
        assert!(words.contains("staste query orders --by shop --by item --format csv"), "{words}");
    }
    // Filtered to a part, it is a file.
    assert!(site.read("/m/orders/pivot.csv?pivot=shop,item&filter=shop=s3&last=ever").contains("s3,i3,"));
}

#[test]
fn lines_past_the_limit_are_the_largest_and_add_up() {
    let site = Site::new();
    let _orders = orders(&site);
    // 400 choices in 720 hours are more than a page reads, in 48 they are not: their lines are the same.
    let rows = |query: &str| -> Vec<serde_json::Map<String, serde_json::Value>> {
        serde_json::from_str(&site.read(&format!("/m/orders/timeserie.json?axis=shop&scale=hour&{query}")))
            .unwrap()
    };
    let (long, short) = (rows("last=720h"), rows("last=48h"));
    assert_eq!((long.len(), short.len()), (720, 48));
    assert_eq!(long[720 - 48..], short);
    let sum = |rows: &[serde_json::Map<String, serde_json::Value>], of: fn(&str) -> bool| -> i64 {
        let values = rows.iter().flatten().filter(|(name, _)| of(name));
        values.filter_map(|(_, value)| value.as_i64()).sum()
    };
    assert_eq!(
        sum(&long, |name| name == "total"),
        sum(&long, |name| name.starts_with('s') || name == "others")
    );
    assert!(sum(&long, |name| name == "others") > 0);
}

#[test]
fn axis_past_the_limit_has_a_message_and_no_chart() {
    let site = Site::new();
    let visits = site.guests.staste().metrica("visits").axis("visitor", Axis::stored().cap(200_000));
    let visits = [Scale::Minute, Scale::Hour, Scale::Month, Scale::Year]
        .into_iter()
        .fold(visits, |visits, scale| visits.keep(scale, Keep::Never))
        .build()
        .unwrap();
    for visitor in 0..100_001 {
        visits.kick([("visitor", &format!("v{visitor}"))]).unwrap();
    }
    site.guests.staste().flush().unwrap();
    let page = site.read("/m/visits?last=1d&scale=day");
    assert!(page.contains("It has more choices than a page reads"), "{page}");
    for chart in ["pie", "top", "top.csv", "timeserie.json"] {
        let refused = site.get(&format!("/m/visits/{chart}?axis=visitor&last=1d&scale=day"));
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{chart}");
        let words = String::from_utf8(refused.into_body()).unwrap();
        assert!(words.contains("staste query visits --by visitor"), "{chart}: {words}");
    }
}

#[test]
fn every_operation_of_a_page_has_a_time_limit() {
    let unlimited = Unlimited::default();
    let store = InterceptedStore::new(unlimited.clone(), Arc::new(MemoryStore::new()));
    let options = staste_core::RecorderOptions::default().flush_every(None);
    let staste = Staste::with(Arc::new(store), Clock::fixed(NOW), options);
    let views =
        staste.metrica("views").axis("view", Axis::stored()).axis("status", Axis::stored()).averaged();
    let views = views.build().unwrap();
    views.kick([("view", "front"), ("status", "200")]).unwrap();
    staste.flush().unwrap();
    let web = Web::new(staste.clone(), staste_web::WebOptions::default());
    let pie = PieChart::new(&views);
    unlimited.0.lock().unwrap().clear();
    for address in [
        "/",
        "/m/views?split=view&compare=before&pivot=view,status",
        "/m/views?last=ever",
        "/m/views?last=30d",
        "/m/views/latest",
        "/m/views/timeserie.csv",
        "/m/views/top.json?axis=status",
        "/m/views/pivot.csv",
        "/m/views/hours",
    ] {
        assert_eq!(web.answer(&Request::get(address).body(()).unwrap()).status(), 200, "{address}");
        assert_eq!(*unlimited.0.lock().unwrap(), [], "{address}");
    }
    assert_eq!(pie.answer(&Request::get("/").body(()).unwrap()).status(), 200);
    assert_eq!(*unlimited.0.lock().unwrap(), []);
}
