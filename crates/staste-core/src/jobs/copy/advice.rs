//! The command that copies a Metrica to get a further axis, for the message of a Store that cannot add one.

use crate::schema::{AxisDefinition, AxisKind, DEFAULT_CAP, Definition};
use crate::store::Store;

/// The command, as it is typed in a shell, with the axes that `asked` has more than `stored`.
pub(crate) fn command(store: &dyn Store, stored: &Definition, asked: &Definition) -> String {
    let mut words = vec![
        "staste copy --from".to_owned(),
        quoted(&store.address()),
        "--to".to_owned(),
        quoted(&store.sibling_address()),
        "--metrica".to_owned(),
        stored.name.clone(),
    ];
    for axis in &asked.axes {
        if !stored.axes.iter().any(|known| known.name == axis.name) {
            words.extend(option(axis));
        }
    }
    words.join(" ")
}

fn option(axis: &AxisDefinition) -> Vec<String> {
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

/// The word in quotes where a shell would see more in it than text.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-.:/=,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryStore;
    use crate::schema::{Axis, MetricaSpec};

    #[test]
    fn axes_are_written_as_the_program_reads_them() {
        let mut asked = MetricaSpec::new("guests").unwrap();
        asked.axis("age", &Axis::stored()).unwrap();
        let stored = asked.reconcile(None).unwrap().0;
        asked.axis("country", &Axis::stored().cap(300)).unwrap();
        asked.axis("page", &Axis::path()).unwrap();
        asked.axis("how", &Axis::declared(["a", "it's, b"])).unwrap();
        let wider = asked.reconcile(None).unwrap().0;
        assert_eq!(
            command(&MemoryStore::new(), &stored, &wider),
            "staste copy --from memory: --to ADDRESS --metrica guests --axis country --cap country=300 \
             --path-axis page --axis 'how=a,it'\\''s\\, b'"
        );
        assert_eq!(quoted("redis://h:1/0?prefix=new"), "'redis://h:1/0?prefix=new'");
    }
}
