//! Charts as SVG: pure functions from numbers to markup. They know no Store, no request and no script.
//!
//! A chart is data with a method `draw`, which gives a [`Drawing`]: for a page as a figure of any width, for a
//! file as an SVG of a given one.

mod ago;
mod coordinate;
mod donut;
mod drawing;
mod heat;
mod line_path;
mod lines;
mod name;
mod number;
mod plot;
mod spark;
mod style;
mod table;
mod text;
mod ticks;
mod timeline;
mod times;
mod top;
mod value_axis;

pub use donut::{Donut, Slice};
pub use drawing::{Drawing, Ink, Meta};
pub use heat::Heat;
pub use lines::{Line, Lines};
pub use name::Name;
pub use number::Number;
pub use spark::spark;
pub use style::{Theme, style_sheet};
pub(crate) use table::distinct;
pub use table::{Cell, Table};
pub use timeline::{Beside, Timeline};
pub use times::{Slot, Stage, Times};
pub use top::{Top, TopRow};
