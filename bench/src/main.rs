//! Benchmarks: measures Staste and comparable programs in one run, and prints their numbers next to each other.
//!
//! `cargo xtask bench [kick|write|backfill|read|redis|import|logs|web|percentiles]...` runs these sections, or all.

mod backfill;
mod import;
mod kick;
mod logs;
mod percentiles;
mod read;
mod redis;
mod table;
mod web;
mod write;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let sections: [(&str, fn() -> Result<(), Box<dyn Error>>); 9] = [
        ("kick", kick::run),
        ("write", write::run),
        ("backfill", backfill::run),
        ("read", read::run),
        ("redis", redis::run),
        ("import", import::run),
        ("logs", logs::run),
        ("web", web::run),
        ("percentiles", percentiles::run),
    ];
    for (name, run) in sections {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            run()?;
        }
    }
    Ok(())
}
