//! `pie`: the shares of the choices on an axis.

use staste_core::{Error, Result};

use super::Chart;
use super::breakdown::{OTHERS, color_of, link_into, read_ranked, sum_of};
use crate::context::PageContext;
use crate::drawing::{Caption, Color, Donut, Drawing, Number, SafeText, Slice};

/// This many choices have a slice of their own where there are more.
const SLICES: usize = 10;

#[derive(Debug)]
pub(crate) struct Pie;

impl Chart for Pie {
    fn name(&self) -> &'static str {
        "pie"
    }

    fn title(&self, context: &PageContext) -> Result<String> {
        Ok(format!("By {}", context.axis()?))
    }

    fn draw(&self, context: &PageContext, caption: &Caption) -> Result<Drawing> {
        let axis = context.axis()?;
        context.check_axis(&context.view, axis)?;
        Ok(read_donut(context, axis)?.draw(caption))
    }

    fn shows_axis(&self) -> bool {
        true
    }
}

/// The shares of the choices on an axis; the smallest share a slice.
fn read_donut(context: &PageContext, axis: &str) -> Result<Donut> {
    let measure = context.request.measure;
    if !measure.is_additive() {
        return Err(Error::invalid_input("averages are not parts of a whole: show total or count as a pie"));
    }
    // Every choice with data has an additive number.
    let mut ranked = read_ranked(context, axis)?.choices;
    let total = sum_of(context, &ranked).unwrap_or_else(|| Number::count(0));
    let tail = if ranked.len() > SLICES + 1 { ranked.split_off(SLICES) } else { Vec::new() };
    let slices = ranked.into_iter().enumerate().map(|(nth, (choice, _, number))| Slice {
        name: SafeText::from(&choice),
        number,
        color: color_of(&context.definition, axis, &choice, nth),
        link: link_into(context, axis, &choice),
    });
    let mut slices: Vec<Slice> = slices.collect();
    slices.extend(sum_of(context, &tail).map(|number| Slice {
        name: format!("{} others", tail.len()).into(),
        number,
        color: Color::Nth(OTHERS),
        link: None,
    }));
    Ok(Donut { slices, total, measure: measure.name().into() })
}
