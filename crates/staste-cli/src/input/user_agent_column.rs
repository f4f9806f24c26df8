//! `user_agent_column`: finds the column with the user agent by its name.

/// The usual names of the column, in lower case and without other characters than letters.
const NAMES: [&str; 6] = ["agent", "useragent", "ua", "httpuseragent", "csuseragent", "requestuseragent"];

/// Returns the column with the user agent.
///
/// # Errors
/// When no column has a usual name, or several have one.
pub(super) fn user_agent_column(columns: &[String]) -> Result<&str, String> {
    let found: Vec<&str> =
        columns.iter().map(String::as_str).filter(|column| is_user_agent(column)).collect();
    match found.as_slice() {
        [column] => Ok(column),
        [] => {
            Err("no column has a usual name of the user agent: name it with --exclude-bots=COLUMN".to_owned())
        }
        several => Err(format!(
            "the columns {} can all be the user agent: name one with --exclude-bots=COLUMN",
            several.join(", ")
        )),
    }
}

/// Returns true for `agent`, `User-Agent`, and `request.headers.User-Agent.0` in JSON.
fn is_user_agent(column: &str) -> bool {
    let column = column.strip_suffix(".0").unwrap_or(column);
    let name = column.rsplit('.').next().unwrap_or_default();
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    NAMES.contains(&letters.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_is_found_by_its_usual_name() {
        for column in [
            "agent",
            "User-Agent",
            "user_agent",
            "HTTP_USER_AGENT",
            "cs(User-Agent)",
            "request_User-Agent",
            "request.headers.User-Agent.0",
        ] {
            let columns = ["date", column, "path"].map(str::to_owned);
            assert_eq!(user_agent_column(&columns), Ok(column));
        }
    }

    #[test]
    fn none_or_several_columns_are_an_error_with_the_remedy() {
        for (columns, words) in
            [(["a", "b"], "no column has a usual name"), (["agent", "ua"], "agent, ua can all")]
        {
            let error = user_agent_column(&columns.map(str::to_owned)).unwrap_err();
            assert!(error.contains(words) && error.contains("--exclude-bots=COLUMN"), "{error}");
        }
    }
}
