//! How to test code that counts: a Store in memory, a clock that stands still, and kicks that are committed when the
//! test says so.
//!
//! Run it with `cargo test -p staste --example store_in_a_test`.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use staste::{Axis, Metrica, Moment, Scale, Staste, Timespan, choices};

/// The code under test: a shop that counts its sales.
struct Shop {
    sales: Metrica,
}

impl Shop {
    fn new(staste: &Staste) -> staste::Result<Shop> {
        let sales = staste.metrica("sales").axis("item", Axis::stored()).multiplier(100).build()?;
        Ok(Shop { sales })
    }

    fn sell(&self, item: &str, price: f64) -> staste::Result<()> {
        self.sales.kick_with(choices! { item: item }, price, Moment::Now)
    }

    fn sold_today(&self) -> staste::Result<f64> {
        let today = Timespan::last(1, Scale::Day)?;
        Ok(self.sales.timespan(today).total()?.as_f64())
    }
}

fn main() -> staste::Result<()> {
    let shop = Shop::new(&staste::open("memory:")?)?;
    shop.sell("tea", 2.5)?;
    println!("sold today: {}", shop.sold_today()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use staste::{Clock, MemoryStore, RecorderOptions};

    use super::*;

    /// 2026-02-07 12:00 UTC.
    const NOON: i64 = 1_770_465_600;

    fn staste_at(now: i64, store: &Arc<MemoryStore>) -> Staste {
        // Without an interval, kicks are committed by queries and by `flush` alone.
        let options = RecorderOptions::default().flush_every(None);
        Staste::with(Arc::clone(store) as Arc<_>, Clock::fixed(now), options)
    }

    #[test]
    fn sales_of_today_are_summed() -> staste::Result<()> {
        let shop = Shop::new(&staste_at(NOON, &Arc::default()))?;
        shop.sell("tea", 2.5)?;
        shop.sell("cake", 3.75)?;
        assert_eq!(shop.sold_today()?, 6.25);
        Ok(())
    }

    #[test]
    fn sales_of_yesterday_do_not_count_today() -> staste::Result<()> {
        let store = Arc::default();
        Shop::new(&staste_at(NOON, &store))?.sell("tea", 2.5)?;
        let tomorrow = Shop::new(&staste_at(NOON + 86_400, &store))?;
        assert_eq!(tomorrow.sold_today()?, 0.0);
        Ok(())
    }
}
