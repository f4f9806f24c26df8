//! Measures Staste beside its peers and prints each figure next to the peer's, from one run.
//!
//! `cargo xtask bench [kick|write|backfill|read|redis|import|web]...` runs the sections named, or all of them.

mod backfill;
mod import;
mod kick;
mod read;
mod redis;
mod table;
mod web;
mod write;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let sections: [(&str, fn() -> Result<(), Box<dyn Error>>); 7] = [
        ("kick", kick::run),
        ("write", write::run),
        ("backfill", backfill::run),
        ("read", read::run),
        ("redis", redis::run),
        ("import", import::run),
        ("web", web::run),
    ];
    for (name, run) in sections {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run()?;
        }
    }
    Ok(())
}
