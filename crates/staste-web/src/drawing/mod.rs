//! Drawings of charts as SVG: pure functions from numbers to markup, without a Store, a request or a script.
//!
//! A chart is data with a method `draw`, which returns a [`Drawing`]: a figure of any width for a page, or an SVG file of a
//! given width.

mod axis_period;
mod bar_list;
mod coordinate;
mod donut;
mod figure;
mod histogram;
mod hour_heatmap;
mod line_chart;
mod line_path;
mod number;
mod plot;
mod relative_time;
mod safe_text;
mod sparkline;
mod style_sheet;
mod table;
mod text_width;
mod ticks;
mod time_axis;
mod timeline;
mod value_axis;
mod value_heatmap;
mod value_rows;

pub use axis_period::{AxisPeriod, PeriodStage};
pub use bar_list::{BarList, BarRest, BarRow};
pub use donut::{Donut, Slice};
pub use figure::{Caption, Color, Drawing};
pub use histogram::Histogram;
pub use hour_heatmap::HourHeatmap;
pub use line_chart::{Line, LineChart};
pub use number::Number;
pub use safe_text::SafeText;
pub use sparkline::sparkline;
pub use style_sheet::{Theme, style_sheet};
pub(crate) use table::distinct;
pub use table::{Cell, Table};
pub use time_axis::TimeAxis;
pub use timeline::{SecondSeries, Timeline};
pub use value_heatmap::ValueHeatmap;
