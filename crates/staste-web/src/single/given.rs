//! `Asked`: which single chart is asked for, in what form, and what its address says of it alone.

use staste_core::{Error, Result};

use super::merged::{merged, names_a_time};
use crate::chart::Theme;
use crate::seed;

/// The width of a picture in pixels unless the address says otherwise.
const WIDTH: f64 = 720.0;

/// How a chart is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Framed,
    Svg,
    Json,
    Csv,
}

impl Form {
    pub(crate) const ALL: [Form; 4] = [Form::Framed, Form::Svg, Form::Json, Form::Csv];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Form::Framed => "html",
            Form::Svg => "svg",
            Form::Json => "json",
            Form::Csv => "csv",
        }
    }

    /// The form that an address ends in or names.
    pub(crate) fn of(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// A single chart that is asked for.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Which: `pie`.
    pub(crate) name: &'a str,
    pub(crate) form: Form,
    /// The visitor's query, perhaps in the parameters of 2011.
    pub(crate) address: &'a str,
    /// The author's query with that of the visitor, in the parameters of today.
    pub(crate) query: String,
    /// True when one of the two names a timespan.
    pub(crate) names_a_time: bool,
    pub(crate) axis: Option<String>,
    pub(crate) width: f64,
    pub(crate) theme: Theme,
}

impl<'a> Asked<'a> {
    /// Reads a visitor's query for the chart of a name; `own` is the author's, which counts where the visitor's says
    /// nothing.
    ///
    /// # Errors
    /// An invalid value.
    pub(crate) fn parse(name: &'a str, form: Form, own: &str, address: &'a str) -> Result<Asked<'a>> {
        let both = merged(own, address);
        let query = seed::translated(name, &both)?.into_owned();
        let mut asked = Asked {
            name,
            form,
            address,
            query: String::new(),
            names_a_time: names_a_time(&both),
            axis: None,
            width: WIDTH,
            theme: Theme::Auto,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty()) {
            match &*name {
                "axis" => asked.axis = Some(value.into_owned()),
                "width" => asked.width = width(&value)?,
                "theme" => asked.theme = theme(&value)?,
                _ => {}
            }
        }
        Ok(Asked { query, ..asked })
    }

    /// The same for a chart such as `pie` or `pie.svg`.
    ///
    /// # Errors
    /// An invalid value.
    pub(crate) fn below(what: &'a str, address: &'a str) -> Result<Asked<'a>> {
        let ending = what.rsplit_once('.').and_then(|(name, form)| Some((name, Form::of(form)?)));
        let (name, form) = ending.unwrap_or((what, Form::Framed));
        Asked::parse(name, form, "", address)
    }
}

fn width(text: &str) -> Result<f64> {
    let width = text.parse().ok().filter(|width| (200.0..=4000.0).contains(width));
    width.ok_or_else(|| Error::input(format!("{text:?} is no width: give 200 to 4000 pixels")))
}

fn theme(text: &str) -> Result<Theme> {
    match text {
        "light" => Ok(Theme::Light),
        "dark" => Ok(Theme::Dark),
        "auto" => Ok(Theme::Auto),
        _ => Err(Error::input(format!("{text:?} is no theme: there are light, dark and auto"))),
    }
}
