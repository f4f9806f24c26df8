//! `staste show` without a Metrica: the store.

use staste::Trouble;

use super::{bytes_text, facts, health};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Json, ReportFormat, grouped, printable};

struct Shown {
    address: String,
    metricas: u64,
    /// The metricas that cannot be read, as a part of them is missing.
    faulty: Vec<String>,
    /// None where the Store does not know.
    bytes: Option<u64>,
    troubles: Vec<Trouble>,
}

pub(super) fn show(context: &mut Context, format: ReportFormat) -> Result<()> {
    let shown = read(context)?;
    match format {
        ReportFormat::Table => shown.text(context),
        ReportFormat::Json => context.screen.json(&shown.json()),
    }
}

fn read(context: &Context) -> Result<Shown> {
    let staste = context.open()?;
    let faulty: Vec<String> = staste.store().faults(None)?.into_iter().map(|(name, _)| name).collect();
    let mut sound = staste.definitions()?;
    sound.retain(|definition| !faulty.contains(&definition.name));
    let mut bytes = Some(0);
    for definition in &sound {
        let size = staste.size(&definition.name)?.bytes;
        bytes = bytes.zip(size).map(|(sum, size)| sum + size);
    }
    Ok(Shown {
        // Without a password.
        address: context.address()?.to_string(),
        metricas: (sound.len() + faulty.len()) as u64,
        faulty,
        bytes,
        troubles: staste.troubles()?,
    })
}

impl Shown {
    fn text(&self, context: &mut Context) -> Result<()> {
        let screen = &mut context.screen;
        let address = screen.paint().bold(&printable(&self.address));
        screen.line(address)?;
        let mut metricas = grouped(&self.metricas.to_string());
        if !self.faulty.is_empty() {
            metricas
                .push_str(&format!(", {} of which cannot be read: see staste metricas", self.faulty.len()));
        }
        let mut known = vec![("metricas", metricas)];
        known.extend(self.bytes.map(|bytes| ("size", bytes_text(bytes))));
        facts(screen, &known)?;
        health::text(screen, &self.troubles)
    }

    fn json(&self) -> Json {
        Json::Object(vec![
            ("store", Json::text(&self.address)),
            ("metricas", Json::integer(self.metricas)),
            ("faulty", Json::List(self.faulty.iter().map(Json::text).collect())),
            ("bytes", self.bytes.map_or(Json::Null, Json::integer)),
            ("health", health::json(&self.troubles)),
        ])
    }
}
