//! `Health`: what went wrong with counting, as the overview shows it above everything else.

use maud::{Markup, html};
use staste_core::{Error, HEALTH_DAYS, Staste, Trouble};

use crate::chart::Name;
use crate::page::limited;

/// What people who read the numbers should know of how they were counted.
#[derive(Debug)]
pub(crate) struct Health {
    troubles: Vec<Trouble>,
    /// Why the reports of other processes cannot be read.
    unread: Option<Error>,
}

impl Health {
    /// As every process that writes to the Store reports it. Where the Store does not answer, it is that of this process.
    pub(crate) fn of(staste: &Staste) -> Health {
        match limited(|| staste.troubles()) {
            Ok(troubles) => Health { troubles, unread: None },
            Err(error) => Health { unread: Some(error), ..Health::of_process(staste) },
        }
    }

    /// That of this process alone, which needs no Store to be known.
    pub(crate) fn of_process(staste: &Staste) -> Health {
        Health { troubles: staste.failing(staste.clock().now()).into_iter().collect(), unread: None }
    }

    /// The section of a page; nothing where there is nothing to report.
    pub(crate) fn warning(&self) -> Markup {
        if self.is_good() {
            return html! {};
        }
        html! {
            section.card.troubles data-part="health" role="status" {
                h2 { "Problems with counting in the last " (HEALTH_DAYS) " days" }
                ul {
                    @for trouble in &self.troubles {
                        li {
                            p { (Name::from(trouble.summary())) }
                            @if let Some(cause) = &trouble.cause { p.dim { (Name::from(cause.as_str())) } }
                            @if let Some(reported) = trouble.reported() { p.dim { (reported) } }
                        }
                    }
                    @if let Some(error) = &self.unread {
                        li {
                            p { "the reports of other processes cannot be read" }
                            p.dim { (Name::from(error.to_string())) }
                        }
                    }
                }
            }
        }
    }

    /// A line that says that all is well; nothing where it is not.
    pub(crate) fn all_is_well(&self) -> Markup {
        html! {
            @if self.is_good() {
                p.dim.well data-part="health" { "Nothing was lost in the last " (HEALTH_DAYS) " days." }
            }
        }
    }

    fn is_good(&self) -> bool {
        self.troubles.is_empty() && self.unread.is_none()
    }
}
