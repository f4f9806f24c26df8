//! Data and stores that several tests start from.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::program::Program;

/// Four flights, one of them without a delay.
pub(crate) const FLIGHTS: &str = "carrier,origin,delay,hour\n\
    UA,EWR,2,2013-01-01T10:00:00Z\n\
    AA,JFK,NA,2013-01-01T10:00:00Z\n\
    UA,LGA,-5,2013-01-02T04:00:00Z\n\
    B6,JFK,9,2013-02-01T05:00:00Z\n";

/// Compresses bytes.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A store with the imported metrica `delays` and the metrica `visits`, which is kicked.
pub(crate) fn delays_and_visits() -> Program {
    let staste = Program::new();
    staste.write("f.csv", FLIGHTS);
    staste.ok(
        "import f.csv --metrica delays --axis carrier --axis origin --value delay --null NA=skip --date hour",
    );
    staste.ok("define visits --path-axis page --axis visitor");
    for kick in [
        "page=blog/2013/a visitor=ann",
        "page=blog/2013 visitor=ann",
        "page=about",
        "page=blog/2013/a visitor=bob --value 5",
    ] {
        staste.ok(&format!("kick visits {kick}"));
    }
    staste
}
