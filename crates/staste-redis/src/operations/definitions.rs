//! The definitions of metricas.

use std::sync::Arc;

use redis::Value;
use staste_core::Definition;

use crate::client::Client;
use crate::connections::failure::{Failure, Outcome};
use crate::connections::request::{Request, command};
use crate::metrica::inspection;
use crate::metrica::state::parse_definition;

/// Returns the definitions of all metricas by name, if they can be read, or that of one Metrica.
///
/// # Errors
/// When the definition of the one is missing while other parts of it exist.
pub(crate) fn definitions(client: &mut Client, metrica: Option<&str>) -> Outcome<Vec<Arc<Definition>>> {
    let Some(metrica) = metrica else { return all_definitions(client) };
    let text = client.session.query(["GET", &client.session.keys(metrica).definition()]);
    match &text {
        Ok(Value::BulkString(text)) => {
            if let Ok(definition) = parse_definition(text) {
                return Ok(vec![Arc::new(definition)]);
            }
        }
        // It is missing, or of another type.
        Ok(_) | Err(Failure::Server(_)) => {}
        Err(_) => return text.map(|_| Vec::new()),
    }
    inspection::check(&mut client.session, metrica)?;
    text.map(|_| Vec::new())
}

fn all_definitions(client: &mut Client) -> Outcome<Vec<Arc<Definition>>> {
    let session = &mut client.session;
    let names = session.metrica_names()?;
    let reads: Vec<Request> =
        names.iter().map(|name| command(["GET", &session.keys(name).definition()])).collect();
    let mut definitions = Vec::new();
    for text in session.query_all(&reads)? {
        if let Value::BulkString(text) = text
            && let Ok(definition) = parse_definition(&text)
        {
            definitions.push(Arc::new(definition));
        }
    }
    Ok(definitions)
}
