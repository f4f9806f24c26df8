//! Choices on their way from Python and back.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PyString, PyTuple};
use smallvec::SmallVec;
use staste::{Choice, ChoiceInput};

use crate::error::refused;

/// A choice as Python gave it. Texts stay where they are.
#[derive(Debug)]
pub(crate) enum Held<'py> {
    Text(Bound<'py, PyString>),
    Integer(i64),
    Own(String),
    Choice(Choice),
    /// The axis is left out of a kick; a filter by it is none.
    None,
}

/// The choices of a kick or a filter by their axes; most have few.
pub(crate) type Choices<'py> = SmallVec<[(Bound<'py, PyString>, Held<'py>); 6]>;

/// The choices of keyword arguments.
pub(crate) fn held<'py>(choices: Option<&Bound<'py, PyDict>>) -> PyResult<Choices<'py>> {
    let mut held = Choices::new();
    for (axis, choice) in choices.into_iter().flatten() {
        held.push((axis.cast_into()?, Held::of(choice)?));
    }
    Ok(held)
}

/// The same as the core takes them.
pub(crate) fn given<'a>(choices: &'a Choices<'_>) -> PyResult<SmallVec<[(&'a str, ChoiceInput<'a>); 6]>> {
    choices.iter().map(|(axis, choice)| Ok((axis.to_str()?, choice.given()?))).collect()
}

/// A given choice to be kept; none for an axis that is left out.
pub(crate) fn kept(given: &ChoiceInput<'_>) -> Option<Choice> {
    match given {
        ChoiceInput::Text(text) => Some(Choice::value(text)),
        ChoiceInput::Integer(number) => Some(Choice::value(number.to_string())),
        ChoiceInput::Choice(choice) => Some(choice.clone()),
        ChoiceInput::Unset => None,
        // No value of Python becomes one of these.
        ChoiceInput::Unsigned(number) => Some(Choice::value(number.to_string())),
        ChoiceInput::Bool(truth) => Some(Choice::value(truth.to_string())),
        ChoiceInput::Path(path) => Some(Choice::path(*path)),
    }
}

impl<'py> Held<'py> {
    /// What a value stands for.
    ///
    /// # Errors
    /// When it has no text.
    pub(crate) fn of(value: Bound<'py, PyAny>) -> PyResult<Held<'py>> {
        let py = value.py();
        if value.is_exact_instance_of::<PyString>() {
            return Ok(Held::Text(value.cast_into()?));
        }
        if value.is_none() {
            return Ok(Held::None);
        }
        if value.is(unset(py)?) {
            return Ok(Held::Choice(Choice::Unset));
        }
        if value.is(other(py)?) {
            return Ok(Held::Choice(Choice::Other));
        }
        if value.is_instance_of::<PyString>() {
            // The value of a member of an enumeration of texts is its text.
            return Ok(Held::Text(value.cast_into()?));
        }
        if value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyList>() {
            return path(&value);
        }
        // A boolean is none exactly: its text is a word.
        if value.is_exact_instance_of::<PyInt>()
            && let Ok(number) = value.extract()
        {
            return Ok(Held::Integer(number));
        }
        Ok(Held::Own(text(&value)?))
    }

    /// The same as the core takes it.
    pub(crate) fn given(&self) -> PyResult<ChoiceInput<'_>> {
        Ok(match self {
            Held::Text(text) => ChoiceInput::Text(text.to_str()?),
            Held::Integer(number) => ChoiceInput::Integer(*number),
            Held::Own(text) => ChoiceInput::Text(text),
            Held::Choice(choice) => ChoiceInput::Choice(choice.clone()),
            Held::None => ChoiceInput::Unset,
        })
    }
}

/// The text of a value, as `str` has it.
fn text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.is_instance_of::<PyBytes>() {
        return Err(refused(value.py(), format!("{} are bytes and no text: decode them", value.repr()?)));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.to_owned());
    }
    Ok(value.str()?.to_str()?.to_owned())
}

fn path<'py>(value: &Bound<'py, PyAny>) -> PyResult<Held<'py>> {
    let mut components: SmallVec<[String; 4]> = SmallVec::new();
    let mut given = value.try_iter()?.peekable();
    while let Some(component) = given.next() {
        let component = component?;
        if given.peek().is_none() && component.is(other(value.py())?) {
            return Ok(Held::Choice(Choice::other_below(components)));
        }
        components.push(text(&component)?);
    }
    if components.is_empty() {
        return Err(refused(value.py(), "() is no place on a path: give one component at least"));
    }
    Ok(Held::Choice(Choice::path(components)))
}

/// `staste.UNSET`.
fn unset(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static UNSET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    UNSET.import(py, "staste.variants", "UNSET")
}

/// `staste.OTHER`.
fn other(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static OTHER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    OTHER.import(py, "staste.variants", "OTHER")
}

/// A choice as Python has it: a text, for a place on a path a tuple of texts, or one of the variants.
pub(crate) fn told<'py>(py: Python<'py>, choice: &Choice) -> PyResult<Bound<'py, PyAny>> {
    match choice {
        Choice::Value(text) => Ok(PyString::new(py, text).into_any()),
        Choice::Path(path) => {
            let mut components: Vec<Bound<'py, PyAny>> =
                path.components().iter().map(|component| PyString::new(py, component).into_any()).collect();
            if path.is_other() {
                components.push(other(py)?.clone());
            }
            Ok(PyTuple::new(py, components)?.into_any())
        }
        Choice::Unset => Ok(unset(py)?.clone()),
        Choice::Other => Ok(other(py)?.clone()),
        Choice::All => Ok(py.None().into_bound(py)),
    }
}
