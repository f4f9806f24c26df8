//! `timeserie`: a line for each of the largest choices on an axis. The name is that of 2011.

use staste_core::{Result, Scale};

use super::choice_lines::read_lines;
use super::{Chart, Switches};
use crate::context::PageContext;
use crate::drawing::{Caption, Drawing};
use crate::request::legacy_query::LegacyDefaults;

#[derive(Debug)]
pub(crate) struct Timeserie;

impl Chart for Timeserie {
    fn name(&self) -> &'static str {
        "timeserie"
    }

    fn title(&self, context: &PageContext) -> Result<String> {
        Ok(format!("By {} over time", context.axis()?))
    }

    fn draw(&self, context: &PageContext, caption: &Caption) -> Result<Drawing> {
        Ok(read_lines(context, context.axis()?)?.draw(caption))
    }

    fn shows_axis(&self) -> bool {
        true
    }

    fn switches(&self) -> Switches {
        let scales = &[Scale::Day, Scale::Hour, Scale::Minute];
        Switches { axes: true, scale: Some(("timescale", scales)), views: false }
    }

    fn legacy_defaults(&self) -> LegacyDefaults {
        LegacyDefaults { scale: Some("hour"), ..LegacyDefaults::default() }
    }
}
