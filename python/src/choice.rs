//! Choices on their way from Python and back.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PyString, PyTuple};
use smallvec::SmallVec;
use staste::{Choice, ChoiceInput};

use crate::error::input_error;
use crate::imports;

/// A choice as Python passed it. A `str` is borrowed, not copied.
#[derive(Debug)]
pub(crate) enum ChoiceArgument<'py> {
    Text(Bound<'py, PyString>),
    Integer(i64),
    /// The text of a value of another type.
    Converted(String),
    Choice(Choice),
    /// None: leaves the axis out of a kick, and does not filter.
    None,
}

/// The choices of a kick or a filter, by axis. Most have few.
pub(crate) type ChoiceArguments<'py> = SmallVec<[(Bound<'py, PyString>, ChoiceArgument<'py>); 6]>;

/// Converts keyword arguments into choices.
pub(crate) fn choice_arguments<'py>(keywords: Option<&Bound<'py, PyDict>>) -> PyResult<ChoiceArguments<'py>> {
    let mut arguments = ChoiceArguments::new();
    for (axis, value) in keywords.into_iter().flatten() {
        arguments.push((axis.cast_into()?, ChoiceArgument::from_py(value)?));
    }
    Ok(arguments)
}

/// Returns the arguments in the form that the core takes.
pub(crate) fn choice_inputs<'a>(
    arguments: &'a ChoiceArguments<'_>,
) -> PyResult<SmallVec<[(&'a str, ChoiceInput<'a>); 6]>> {
    arguments.iter().map(|(axis, argument)| Ok((axis.to_str()?, argument.input()?))).collect()
}

/// Returns an owned choice; none for an axis that is left out.
pub(crate) fn owned_choice(input: &ChoiceInput<'_>) -> Option<Choice> {
    match input {
        ChoiceInput::Text(text) => Some(Choice::value(text)),
        ChoiceInput::Integer(number) => Some(Choice::value(number.to_string())),
        ChoiceInput::Choice(choice) => Some(choice.clone()),
        ChoiceInput::Unset => None,
        // No Python value is converted into one of these.
        ChoiceInput::Unsigned(number) => Some(Choice::value(number.to_string())),
        ChoiceInput::Bool(truth) => Some(Choice::value(truth.to_string())),
        ChoiceInput::Path(path) => Some(Choice::path(*path)),
    }
}

impl<'py> ChoiceArgument<'py> {
    /// Converts a Python value.
    ///
    /// # Errors
    /// When the value is bytes, or `str` of it fails.
    fn from_py(value: Bound<'py, PyAny>) -> PyResult<ChoiceArgument<'py>> {
        let py = value.py();
        if value.is_exact_instance_of::<PyString>() {
            return Ok(ChoiceArgument::Text(value.cast_into()?));
        }
        if value.is_none() {
            return Ok(ChoiceArgument::None);
        }
        if value.is(imports::unset(py)?) {
            return Ok(ChoiceArgument::Choice(Choice::Unset));
        }
        if value.is(imports::other(py)?) {
            return Ok(ChoiceArgument::Choice(Choice::Other));
        }
        if value.is_instance_of::<PyString>() {
            // A member of a `str` enumeration counts as its value, not as its `str`.
            return Ok(ChoiceArgument::Text(value.cast_into()?));
        }
        if value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyList>() {
            return path_from_py(&value);
        }
        // A bool is not an exact int, so `True` counts as the text "True".
        if value.is_exact_instance_of::<PyInt>()
            && let Ok(number) = value.extract()
        {
            return Ok(ChoiceArgument::Integer(number));
        }
        Ok(ChoiceArgument::Converted(text_of(&value)?))
    }

    /// Returns true for None.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, ChoiceArgument::None)
    }

    /// Returns the argument in the form that the core takes.
    fn input(&self) -> PyResult<ChoiceInput<'_>> {
        Ok(match self {
            ChoiceArgument::Text(text) => ChoiceInput::Text(text.to_str()?),
            ChoiceArgument::Integer(number) => ChoiceInput::Integer(*number),
            ChoiceArgument::Converted(text) => ChoiceInput::Text(text),
            ChoiceArgument::Choice(choice) => ChoiceInput::Choice(choice.clone()),
            ChoiceArgument::None => ChoiceInput::Unset,
        })
    }
}

/// Returns the text of a value: a `str` as it is, a lazy translation untranslated, anything else by `str()`.
fn text_of(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.is_instance_of::<PyBytes>() {
        let message = format!("invalid choice {}: expected a text, got bytes; decode them", value.repr()?);
        return Err(input_error(value.py(), message));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.to_owned());
    }
    imports::choice_text(value.py())?.call1((value,))?.extract()
}

/// Converts a tuple or list into a place on a path.
fn path_from_py<'py>(value: &Bound<'py, PyAny>) -> PyResult<ChoiceArgument<'py>> {
    let py = value.py();
    let mut components: SmallVec<[String; 4]> = SmallVec::new();
    let mut items = value.try_iter()?.peekable();
    while let Some(item) = items.next() {
        let item = item?;
        if items.peek().is_none() && item.is(imports::other(py)?) {
            return Ok(ChoiceArgument::Choice(Choice::other_below(components)));
        }
        components.push(text_of(&item)?);
    }
    if components.is_empty() {
        let message = format!("invalid path {}: expected at least one component", value.repr()?);
        return Err(input_error(py, message));
    }
    Ok(ChoiceArgument::Choice(Choice::path(components)))
}

/// Converts a choice for Python: a `str`, a tuple for a place on a path, `UNSET` or `OTHER`.
pub(crate) fn choice_to_py<'py>(py: Python<'py>, choice: &Choice) -> PyResult<Bound<'py, PyAny>> {
    match choice {
        Choice::Value(text) => Ok(PyString::new(py, text).into_any()),
        Choice::Path(path) => {
            let mut components: Vec<Bound<'py, PyAny>> =
                path.components().iter().map(|component| PyString::new(py, component).into_any()).collect();
            if path.is_other() {
                components.push(imports::other(py)?.clone());
            }
            Ok(PyTuple::new(py, components)?.into_any())
        }
        Choice::Unset => Ok(imports::unset(py)?.clone()),
        Choice::Other => Ok(imports::other(py)?.clone()),
        Choice::All => Ok(py.None().into_bound(py)),
    }
}
