//! `staste show` without a Metrica: the details of the store.

use staste::{AxisUsage, Trouble};

use super::{health_section, nearly_full};
use crate::context::Context;
use crate::failure::Result;
use crate::output::{Json, ReportFormat, Screen, bytes_text, grouped, printable};

/// The details of a store.
struct StoreReport {
    address: String,
    metricas: u64,
    /// The names of the metricas that are damaged because some of their keys are missing.
    damaged: Vec<String>,
    /// None if the Store does not report it.
    bytes: Option<u64>,
    nearly_full: Vec<AxisUsage>,
    troubles: Vec<Trouble>,
}

pub(super) fn show(context: &mut Context, format: ReportFormat) -> Result<()> {
    let report = StoreReport::read(context)?;
    match format {
        ReportFormat::Table => report.write(context),
        ReportFormat::Json => context.screen.json(&report.json()),
    }
}

impl StoreReport {
    fn read(context: &Context) -> Result<StoreReport> {
        let staste = context.open()?;
        let damaged: Vec<String> = staste.store().faults(None)?.into_iter().map(|(name, _)| name).collect();
        let mut readable = staste.definitions()?;
        readable.retain(|definition| !damaged.contains(&definition.name));
        let mut bytes = Some(0);
        for definition in &readable {
            let size = staste.size(&definition.name)?.bytes;
            bytes = bytes.zip(size).map(|(sum, size)| sum + size);
        }
        Ok(StoreReport {
            // The text of an address has no password.
            address: context.address()?.to_string(),
            metricas: (readable.len() + damaged.len()) as u64,
            damaged,
            bytes,
            nearly_full: staste.nearly_full_axes()?,
            troubles: staste.troubles()?,
        })
    }

    fn write(&self, context: &mut Context) -> Result<()> {
        let screen = &mut context.screen;
        let address = screen.style().bold(&printable(&self.address));
        screen.line(address)?;
        let mut metricas = grouped(&self.metricas.to_string());
        if !self.damaged.is_empty() {
            metricas
                .push_str(&format!(", {} of which cannot be read: see staste metricas", self.damaged.len()));
        }
        let mut properties = vec![("metricas", metricas)];
        properties.extend(self.bytes.map(|bytes| ("size", bytes_text(bytes))));
        write_properties(screen, &properties)?;
        nearly_full::write(screen, &self.nearly_full)?;
        health_section::write(screen, &self.troubles)
    }

    fn json(&self) -> Json {
        Json::Object(vec![
            ("store", Json::text(&self.address)),
            ("metricas", Json::integer(self.metricas)),
            ("faulty", Json::List(self.damaged.iter().map(Json::text).collect())),
            ("bytes", self.bytes.map_or(Json::Null, Json::integer)),
            ("nearly_full_axes", nearly_full::json(&self.nearly_full)),
            ("health", health_section::json(&self.troubles)),
        ])
    }
}

/// Writes names and values in two aligned columns.
pub(super) fn write_properties(screen: &mut Screen, properties: &[(&str, String)]) -> Result<()> {
    let style = screen.style();
    let width = properties.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    properties.iter().try_for_each(|(name, text)| {
        screen.line(format!("  {}  {text}", style.dim(&format!("{name:width$}"))))
    })
}
