//! `latest`: counts as bars and averages as a line, of the last minutes or hours.

use staste_core::{Error, Measure, Result, Scale};

use super::time_chart::read_timeline;
use super::{Chart, Switches};
use crate::context::PageContext;
use crate::drawing::{Caption, Drawing};
use crate::request::chart_request::ChartRequest;
use crate::request::legacy_query::LegacyDefaults;

#[derive(Debug)]
pub(crate) struct Latest;

impl Chart for Latest {
    fn name(&self) -> &'static str {
        "latest"
    }

    fn title(&self, _context: &PageContext) -> Result<String> {
        Ok("Counts and averages".to_owned())
    }

    fn draw(&self, context: &PageContext, caption: &Caption) -> Result<Drawing> {
        if !context.definition.is_averaged() {
            return Err(Error::plain(&context.definition.name));
        }
        let request = ChartRequest { measure: Measure::Average, split: None, ..context.request.clone() };
        Ok(read_timeline(&context.with_request(request)?)?.draw(caption))
    }

    fn switches(&self) -> Switches {
        Switches { axes: false, scale: Some(("scale", &[Scale::Hour, Scale::Minute])), views: true }
    }

    fn legacy_defaults(&self) -> LegacyDefaults {
        let periods = &[("h", "48h"), ("m", "30m")];
        LegacyDefaults { scale: None, scale_is_timescale: true, periods }
    }
}
