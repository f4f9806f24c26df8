//! `copy_command`: the command line that copies a Metrica to a store where it gets a new axis.

use std::error::Error;

use staste::{AxesNotAddable, AxisDefinition, AxisKind, DEFAULT_CAP};

/// Returns the `staste copy` command that adds the axes which the Store of a Metrica could not add, or none for any other
/// error.
pub fn suggested_copy_command(error: &staste::Error) -> Option<String> {
    let facts = error.source()?.downcast_ref::<AxesNotAddable>()?;
    let mut words = vec![
        "staste copy --from".to_owned(),
        quoted(&facts.store),
        "--to".to_owned(),
        quoted(&facts.sibling),
        "--metrica".to_owned(),
        facts.metrica.clone(),
    ];
    facts.axes.iter().for_each(|axis| words.extend(axis_options(axis)));
    words.extend(facts.becomes_distribution.then(|| "--distribution".to_owned()));
    Some(words.join(" "))
}

fn axis_options(axis: &AxisDefinition) -> Vec<String> {
    let name = &axis.name;
    let mut words = match &axis.kind {
        AxisKind::Stored => vec!["--axis".to_owned(), name.clone()],
        AxisKind::Path => vec!["--path-axis".to_owned(), name.clone()],
        AxisKind::Declared(choices) => {
            let choices: Vec<String> =
                choices.iter().map(|choice| choice.replace('\\', "\\\\").replace(',', "\\,")).collect();
            vec!["--axis".to_owned(), quoted(&format!("{name}={}", choices.join(",")))]
        }
    };
    if axis.cap != DEFAULT_CAP {
        words.extend(["--cap".to_owned(), format!("{name}={}", axis.cap)]);
    }
    words
}

/// Quotes a word if a shell would not take it literally.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-.:/=,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use staste::{Axis, Definition, MetricaBuilder, Staste};

    use super::*;

    fn definition(build: impl FnOnce(MetricaBuilder) -> MetricaBuilder) -> Definition {
        let staste = Staste::new(staste::MemoryStore::new());
        let guests = build(staste.metrica("guests").axis("age", Axis::stored())).build().unwrap();
        Definition::clone(&guests.define().unwrap())
    }

    #[test]
    fn axes_become_options_with_shell_quotes() {
        let extended = definition(|builder| {
            let builder = builder.axis("country", Axis::stored().cap(300)).axis("page", Axis::path());
            builder.axis("how", Axis::declared(["a", "it's, b"]))
        });
        let options: Vec<String> = extended.axes().skip(1).flat_map(axis_options).collect();
        assert_eq!(
            options.join(" "),
            "--axis country --cap country=300 --path-axis page --axis 'how=a,it'\\''s\\, b'"
        );
        assert_eq!(quoted("redis://h:1/0?prefix=new"), "'redis://h:1/0?prefix=new'");
        assert_eq!(suggested_copy_command(&staste::Error::invalid_input("no")), None);
    }
}
