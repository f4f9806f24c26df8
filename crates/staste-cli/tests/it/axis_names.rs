//! Axes whose names are words of any script.

use crate::support::program::Program;
use crate::support::web_server::WebServer;

fn orders() -> Program {
    let staste = Program::new();
    staste.ok("define orders --axis größe=klein,groß --axis страна --path-axis 国");
    staste.ok("kick orders größe=groß страна=Латвия 国=日本/東京");
    staste.ok("kick orders größe=klein страна=Eesti");
    staste
}

#[test]
fn axis_in_any_script_is_queried_exported_and_imported() {
    let staste = orders();
    assert_eq!(staste.total("orders --filter größe=groß --filter 国=日本"), 1);
    assert_eq!(
        staste.ok("query orders --by страна --format csv"),
        "страна,страна:variant,total\nЛатвия,,1\nEesti,,1\n"
    );
    assert!(staste.ok("export orders").starts_with("scale,start,end,größe,größe:variant,страна,"));
    staste.write("rows.csv", "größe,страна\nklein,Eesti\n");
    staste.ok("import rows.csv --metrica orders --axis größe --axis страна");
    assert_eq!(staste.total("orders --filter страна=Eesti"), 2);
    staste.ok("forget orders --filter 'страна=Ee*' --yes");
    assert_eq!(staste.total("orders"), 1);
    let statement = "SELECT größe, total FROM orders WHERE scale = 'ever' AND страна = 'Латвия' AND 国 = '(all)' AND größe = 'groß'";
    assert_eq!(staste.run_with_input("sql -", statement.as_bytes()).out, "größe  total\ngroß       1\n");
    staste.ok("verify orders");
}

#[test]
fn show_aligns_axes_by_the_width_of_their_names() {
    let shown = orders().ok("show orders");
    for line in [
        "  größe   declared       2  klein, groß",
        "  страна  stored         2 of 10,000  Латвия, Eesti",
        "  国      path           2 of 10,000",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
}

#[test]
fn name_in_another_form_is_an_error_with_the_normal_form() {
    let staste = orders();
    let error = staste.fails(2, "define other --axis gro\u{308}ße");
    assert!(error.contains("write it as \"größe\""), "{error}");
    let error = staste.fails(2, "query orders --by gro\u{308}ße");
    assert!(error.contains("is not in its normal form: write it as \"größe\""), "{error}");
}

#[test]
fn pages_filter_and_split_by_an_axis_in_any_script() {
    let staste = orders();
    let server = WebServer::start(&staste, "serve --listen 127.0.0.1:0");
    let page = server.get("/m/orders?last=ever");
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("страна") && page.contains("id=\"axis-国\""),
        "{page}"
    );
    // The addresses of links are ASCII.
    assert!(page.split("href=\"").skip(1).all(|link| link.split('"').next().unwrap().is_ascii()), "{page}");
    let escaped = "%D1%81%D1%82%D1%80%D0%B0%D0%BD%D0%B0";
    let csv =
        server.get(&format!("/m/orders/top.csv?last=ever&axis={escaped}&filter=gr%C3%B6%C3%9Fe=gro%C3%9F"));
    assert!(csv.ends_with("choice,total,share\r\nЛатвия,1,1\r\n") || csv.contains("Латвия,1,"), "{csv}");
    assert!(!csv.contains("Eesti"), "{csv}");
}
