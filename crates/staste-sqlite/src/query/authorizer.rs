//! What a statement may do: an allowlist, so that whatever a later SQLite adds is refused.

use std::sync::{Arc, Mutex};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::pool::lock;

/// Pragmas that only describe the schema.
const PRAGMAS: [&str; 6] =
    ["collation_list", "function_list", "index_info", "index_list", "table_info", "table_list"];

/// Functions that do more than compute.
const REFUSED_FUNCTIONS: [&str; 2] = ["fts3_tokenizer", "load_extension"];

/// What SQLite refused last because of the allowlist, in words.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusal(Arc<Mutex<Option<String>>>);

impl Refusal {
    /// The callback that SQLite calls for each action while it compiles a statement.
    pub(super) fn authorizer(&self) -> impl FnMut(AuthContext<'_>) -> Authorization + Send + use<> {
        let refused = Arc::clone(&self.0);
        move |context| match refusal_of(&context.action) {
            None => Authorization::Allow,
            Some(words) => {
                lock(&refused).get_or_insert(words);
                Authorization::Deny
            }
        }
    }

    /// What was refused first, in words.
    pub(super) fn words(&self) -> Option<String> {
        lock(&self.0).clone()
    }
}

/// Why an action is refused; none when it is allowed.
fn refusal_of(action: &AuthAction<'_>) -> Option<String> {
    Some(match action {
        AuthAction::Select | AuthAction::Recursive | AuthAction::Read { .. } => return None,
        AuthAction::Function { function_name } if !is_one_of(&REFUSED_FUNCTIONS, function_name) => {
            return None;
        }
        AuthAction::Pragma { pragma_name, .. } if is_one_of(&PRAGMAS, pragma_name) => return None,
        AuthAction::Function { function_name } => format!("calls {function_name}()"),
        AuthAction::Pragma { pragma_name, .. } => format!("uses PRAGMA {pragma_name}"),
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name } => format!("writes to {table_name}"),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => "attaches or detaches a file".to_owned(),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
            "begins or ends a transaction".to_owned()
        }
        _ => "changes the schema".to_owned(),
    })
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
