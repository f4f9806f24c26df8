//! `HealthWarning`: problems with counting, which the overview shows above everything else.

use maud::{Markup, html};
use staste_core::{Error, HEALTH_DAYS, Staste, Trouble};

use crate::drawing::SafeText;
use crate::store_access::with_read_timeout;

/// The problems that readers of the numbers should know of.
#[derive(Debug)]
pub(crate) struct HealthWarning {
    troubles: Vec<Trouble>,
    /// Why the reports of other processes could not be read.
    unread: Option<Error>,
}

impl HealthWarning {
    /// The problems that every process reports to the Store, or those of this process where the Store cannot be read.
    pub(crate) fn of(staste: &Staste) -> HealthWarning {
        match with_read_timeout(|| staste.troubles()) {
            Ok(troubles) => HealthWarning { troubles, unread: None },
            Err(error) => HealthWarning { unread: Some(error), ..HealthWarning::of_process(staste) },
        }
    }

    /// The problems of this process alone, which are known without the Store.
    pub(crate) fn of_process(staste: &Staste) -> HealthWarning {
        HealthWarning { troubles: staste.failing(staste.clock().now()).into_iter().collect(), unread: None }
    }

    /// The warning as a section of a page; empty without problems.
    pub(crate) fn markup(&self) -> Markup {
        if self.is_empty() {
            return html! {};
        }
        html! {
            section.card.troubles data-part="health" role="status" {
                h2 { "Problems with counting in the last " (HEALTH_DAYS) " days" }
                ul {
                    @for trouble in &self.troubles {
                        li {
                            p { (SafeText::from(trouble.summary())) }
                            @if let Some(cause) = &trouble.cause { p.dim { (SafeText::from(cause.as_str())) } }
                            @if let Some(reported) = trouble.reported() { p.dim { (reported) } }
                        }
                    }
                    @if let Some(error) = &self.unread {
                        li {
                            p { "the reports of other processes cannot be read" }
                            p.dim { (SafeText::from(error.to_string())) }
                        }
                    }
                }
            }
        }
    }

    /// A line for a page that says that nothing was lost; empty with problems.
    pub(crate) fn no_problems(&self) -> Markup {
        html! {
            @if self.is_empty() {
                p.dim.well data-part="health" { "Nothing was lost in the last " (HEALTH_DAYS) " days." }
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.troubles.is_empty() && self.unread.is_none()
    }
}
