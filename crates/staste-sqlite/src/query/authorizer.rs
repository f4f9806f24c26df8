//! What a statement may do: an allowlist, which also refuses actions that a later SQLite adds.

use std::sync::{Arc, Mutex};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::lock::lock;

/// Pragmas that only describe the schema.
const PRAGMAS: [&str; 6] =
    ["collation_list", "function_list", "index_info", "index_list", "table_info", "table_list"];

/// Functions that do more than compute.
const REFUSED_FUNCTIONS: [&str; 2] = ["fts3_tokenizer", "load_extension"];

/// The reason why the allowlist refused a statement, if it did.
#[derive(Clone, Debug, Default)]
pub(super) struct RefusalReason(Arc<Mutex<Option<String>>>);

impl RefusalReason {
    /// Returns the callback that SQLite calls for each action while it compiles a statement.
    pub(super) fn authorizer(&self) -> impl FnMut(AuthContext<'_>) -> Authorization + Send + use<> {
        let reason = Arc::clone(&self.0);
        move |context| match refused_action(&context.action) {
            None => Authorization::Allow,
            Some(action) => {
                lock(&reason).get_or_insert(action);
                Authorization::Deny
            }
        }
    }

    /// Returns what the statement does that is refused, as a predicate.
    pub(super) fn action(&self) -> Option<String> {
        lock(&self.0).clone()
    }
}

/// Describes an action that is refused; returns `None` if it is allowed.
fn refused_action(action: &AuthAction<'_>) -> Option<String> {
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
