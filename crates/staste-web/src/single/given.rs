//! `Asked`: which single chart is asked for, in what form, and what its address says of it alone.

use std::borrow::Cow;

use staste_core::{Error, Result};

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
    /// The form that an address ends in or names.
    pub(crate) fn of(name: &str) -> Option<Form> {
        match name {
            "html" => Some(Form::Framed),
            "svg" => Some(Form::Svg),
            "json" => Some(Form::Json),
            "csv" => Some(Form::Csv),
            _ => None,
        }
    }
}

/// A single chart that is asked for.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// Which: `pie`.
    pub(crate) name: &'a str,
    pub(crate) form: Form,
    /// The query as it came, perhaps in the parameters of 2011.
    pub(crate) address: &'a str,
    /// The same in those of today.
    pub(crate) query: Cow<'a, str>,
    pub(crate) axis: Option<String>,
    pub(crate) width: f64,
    pub(crate) theme: Theme,
}

impl<'a> Asked<'a> {
    /// Reads the query for the chart of a name.
    ///
    /// # Errors
    /// A value that is none for its name.
    pub(crate) fn parse(name: &'a str, form: Form, address: &'a str) -> Result<Asked<'a>> {
        let query = seed::translated(name, address)?;
        let mut asked = Asked {
            name,
            form,
            address,
            query: Cow::Borrowed(""),
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
    /// A value that is none for its name.
    pub(crate) fn below(what: &'a str, address: &'a str) -> Result<Asked<'a>> {
        let ending = what.rsplit_once('.').and_then(|(name, form)| Some((name, Form::of(form)?)));
        let (name, form) = ending.unwrap_or((what, Form::Framed));
        Asked::parse(name, form, address)
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
