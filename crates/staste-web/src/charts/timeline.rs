//! `timeline`: bars over time, or lines where it is split by an axis.

use staste_core::Result;

use super::{Chart, time_chart};
use crate::context::PageContext;
use crate::drawing::{Caption, Drawing};

#[derive(Debug)]
pub(crate) struct Timeline;

impl Chart for Timeline {
    fn name(&self) -> &'static str {
        "timeline"
    }

    fn title(&self, context: &PageContext) -> Result<String> {
        Ok(time_chart::title(context))
    }

    fn draw(&self, context: &PageContext, caption: &Caption) -> Result<Drawing> {
        time_chart::draw(context, caption)
    }
}
