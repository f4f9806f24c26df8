//! Single charts of a Metrica, to be shown anywhere in a site.

use std::sync::Arc;

use maud::Markup;
use staste_core::{Metrica, Result};

use crate::chart::{Drawing, Name};
use crate::page::Page;
use crate::seed;
use crate::state::State;

/// What all of them are.
#[derive(Clone, Debug)]
struct Single {
    name: &'static str,
    metrica: Metrica,
    axis: Option<String>,
    title: Option<Name>,
}

impl Single {
    fn new(name: &'static str, metrica: &Metrica) -> Single {
        Single { name, metrica: metrica.clone(), axis: None, title: None }
    }

    fn drawing(&self, query: &str) -> Result<Drawing> {
        let definition = self.metrica.define()?;
        let query = seed::translated(self.name, query)?;
        let state = State::parse(&query, &definition)?;
        let page = Page::new(&Arc::from(""), self.metrica.clone(), definition, state)?.without_links();
        page.drawn(self.name, self.axis.as_deref(), self.title.as_ref(), &query)
    }
}

macro_rules! views {
    ($($(#[$doc:meta])* $view:ident as $name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $view(Single);

        impl $view {
            /// The chart of a Metrica.
            pub fn new(metrica: &Metrica) -> $view {
                $view(Single::new($name, metrica))
            }

            /// The same chart by an axis; the first unless one is given.
            #[must_use]
            pub fn axis(mut self, axis: &str) -> $view {
                self.0.axis = Some(axis.to_owned());
                self
            }

            /// The same chart under a title.
            #[must_use]
            pub fn title(mut self, title: &str) -> $view {
                self.0.title = Some(title.into());
                self
            }

            /// The chart that a query asks for: the stretch of time, filters and so on, as the addresses of pages
            /// have them, or as those of 2011 had.
            ///
            /// # Errors
            /// When the query is none, or the Store cannot be reached.
            pub fn drawing(&self, query: &str) -> Result<Drawing> {
                self.0.drawing(query)
            }

            /// The same as a figure, for a page whose style sheet holds that of [`style_sheet`](crate::chart::style_sheet).
            ///
            /// # Errors
            /// As [`drawing`](Self::drawing).
            pub fn figure(&self, query: &str) -> Result<Markup> {
                Ok(self.drawing(query)?.figure())
            }
        }
    )+};
}

views! {
    /// The shares of the choices on an axis.
    ///
    /// ```
    /// use staste_core::{Axis, MemoryStore, Staste};
    /// use staste_web::PieChart;
    /// let staste = Staste::new(MemoryStore::new());
    /// let guests = staste.metrica("guests").axis("gender", Axis::declared(["boy", "girl"])).build()?;
    /// guests.kick([("gender", "girl")])?;
    /// let figure = PieChart::new(&guests).axis("gender").figure("last=30d")?.into_string();
    /// assert!(figure.contains("girl") && figure.contains("100.0%"));
    /// # Ok::<(), staste_core::Error>(())
    /// ```
    PieChart as "pie";
    /// Bars over time.
    TimelineChart as "timeline";
    /// A line for each of the largest choices on an axis, and one for the total.
    TimeserieChart as "timeserie";
    /// Counts as bars and averages as a line, of the last half an hour unless the query says otherwise. Its Metrica must
    /// be averaged.
    LatestCountAndAverageChart as "latest";
}
