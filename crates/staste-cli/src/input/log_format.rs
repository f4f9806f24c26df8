//! `LogFormat`: the format of an access log in the syntax of nginx or Apache, or by name.
//!
//! The variables of nginx are those of <https://nginx.org/en/docs/varindex.html>, the directives of Apache those of
//! <https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats>.

use super::json_log::JSON_LOGS;

/// The formats that have a name. That of Traefik is in <https://doc.traefik.io/traefik/observability/access-logs/>.
const NAMED: [(&str, &str); 7] = [
    ("common", r#"%h %l %u %t "%r" %>s %b"#),
    ("combined", r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
    ("vhost_combined", r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#),
    (
        "ingress-nginx",
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"#,
    ),
    (
        "traefik",
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_count "$router" "$service_url" ${duration_ms}ms"#,
    ),
    (
        "s3",
        r#"$bucket_owner $bucket [$time_local] $remote_addr $requester $request_id $operation $key "$request" $status $error_code $body_bytes_sent $object_size $total_time $turn_around_time "$http_referer" "$http_user_agent""#,
    ),
    (
        "alb",
        r#"$type $time_iso8601 $elb $remote_addr $target $request_processing_time $target_processing_time $response_processing_time $status $target_status $received_bytes $body_bytes_sent "$request" "$http_user_agent""#,
    ),
];
/// The columns of a request line.
pub(super) const REQUEST_COLUMNS: [&str; 5] = ["method", "path", "query", "url", "protocol"];

/// The format of a log: its columns, and how they follow each other in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogFormat {
    pub(super) parts: Vec<Part>,
    pub(super) columns: Vec<String>,
    /// True for the Extended Log Format of the W3C, in which lines that start with # are directives.
    pub(super) has_directives: bool,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Text between fields.
    Literal(Vec<u8>),
    /// A field of a column.
    Field(usize),
    /// An address or a host name, of a column.
    Host(usize),
    /// A time in brackets, of a column.
    BracketedTime(usize),
    /// A date and a time in UTC with a separator between them, of one column.
    UtcTime(usize),
    /// The method of a request, of a column.
    Method(usize),
    /// A request line, of five columns from this one on.
    Request(usize),
}

impl LogFormat {
    /// Parses a format, or returns that of a name.
    ///
    /// # Errors
    /// When the name is unknown, or the format has no fields, a field twice, or fields without text between them.
    pub(crate) fn parse(text: &str) -> Result<LogFormat, String> {
        let named = NAMED.iter().find(|(name, _)| *name == text).map(|(_, format)| *format);
        if named.is_none() && !text.contains(['%', '$']) {
            let names = NAMED.map(|(name, _)| name).into_iter().chain(JSON_LOGS.map(|log| log.name));
            let names = names.collect::<Vec<_>>().join(", ");
            return Err(format!(
                "invalid --log-format {text:?}: expected one of {names}, or a format with the variables of nginx \
                 ($status) or the directives of Apache (%s)"
            ));
        }
        let mut format = LogFormat { parts: Vec::new(), columns: Vec::new(), has_directives: false };
        let source = named.unwrap_or(text);
        let is_apache = source.contains('%');
        let mut rest = source;
        while let Some(at) = rest.find(if is_apache { '%' } else { '$' }) {
            let (literal, field) = rest.split_at(at);
            format.literal(literal);
            let (name, after) = if is_apache { apache_directive(field)? } else { nginx_variable(field)? };
            match name {
                Some(name) => format.field(&name)?,
                None => format.literal("%"),
            }
            rest = after;
        }
        format.literal(rest);
        if format.columns.is_empty() {
            return Err(format!("invalid --log-format {text:?}: it has no fields"));
        }
        Ok(format)
    }

    /// Returns the format of a log in the Extended Log Format of the W3C, as IIS and CloudFront write it, by the directive
    /// `#Fields` at its start; none for other files.
    ///
    /// See <https://www.w3.org/TR/WD-logfile.html>.
    pub(super) fn from_directives(head: &[u8]) -> Option<LogFormat> {
        let fields = head.split(|byte| *byte == b'\n').map_while(|line| line.strip_prefix(b"#"));
        let fields = fields.map(String::from_utf8_lossy).find_map(|line| {
            let (name, fields) = line.split_once(':')?;
            name.eq_ignore_ascii_case("fields").then(|| fields.trim().to_owned())
        })?;
        // The fields of CloudFront are separated by blanks in the directive, and by tabs in the lines.
        let first_line = head.split(|byte| *byte == b'\n').find(|line| !line.starts_with(b"#"))?;
        let separator = if first_line.contains(&b'\t') { b"\t" } else { b" " };
        let mut format = LogFormat { parts: Vec::new(), columns: Vec::new(), has_directives: true };
        let mut names = fields.split_ascii_whitespace().peekable();
        while let Some(name) = names.next() {
            if !format.parts.is_empty() {
                format.parts.push(Part::Literal(separator.to_vec()));
            }
            let index = format.columns.len();
            let column = w3c_column(name);
            let is_twice = format.columns.iter().any(|known| known == &column);
            format.columns.push(if is_twice { name.to_owned() } else { column });
            format.parts.push(match name {
                "date" if names.next_if(|next| *next == "time").is_some() => {
                    if let Some(column) = format.columns.last_mut() {
                        "time".clone_into(column);
                    }
                    Part::UtcTime(index)
                }
                "c-ip" => Part::Host(index),
                _ => Part::Field(index),
            });
        }
        (!format.columns.is_empty()).then_some(format)
    }

    /// Returns the columns.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    fn literal(&mut self, text: &str) {
        // In configuration files a quote within quotes is escaped.
        let text = text.replace("\\\"", "\"");
        if text.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Literal(literal)) => literal.extend(text.bytes()),
            _ => self.parts.push(Part::Literal(text.into_bytes())),
        }
    }

    fn field(&mut self, name: &str) -> Result<(), String> {
        if self.parts.last().is_some_and(|part| !matches!(part, Part::Literal(_))) {
            return Err(format!(
                "invalid --log-format: there is no text before {name} that ends the field before it"
            ));
        }
        let index = self.columns.len();
        if name == "request" {
            self.columns.extend(REQUEST_COLUMNS.map(str::to_owned));
            self.parts.push(Part::Request(index));
        } else {
            let (column, is_bracketed) = match name.strip_prefix('[') {
                Some(name) => (name, true),
                None => (name, false),
            };
            self.columns.push(column.to_owned());
            self.parts.push(match column {
                "host" => Part::Host(index),
                "method" => Part::Method(index),
                _ if is_bracketed => Part::BracketedTime(index),
                _ => Part::Field(index),
            });
        }
        let twice = self
            .columns
            .iter()
            .enumerate()
            .find(|(at, name)| self.columns.iter().take(*at).any(|before| before == *name));
        match twice {
            Some((_, name)) => Err(format!(
                "invalid --log-format: two fields are the column {name}; leave one out, such as by another name"
            )),
            None => Ok(()),
        }
    }
}

/// Returns the column of a field of the Extended Log Format.
fn w3c_column(field: &str) -> String {
    let column = match field {
        "c-ip" => "host",
        "cs-username" => "user",
        "cs-method" => "method",
        "cs-uri-stem" => "path",
        "cs-uri-query" => "query",
        "cs-version" | "cs-protocol-version" => "protocol",
        "sc-status" => "status",
        "sc-bytes" => "bytes",
        "cs(Referer)" => "referer",
        "cs(User-Agent)" => "agent",
        "cs-host" | "x-host-header" => "vhost",
        "s-port" => "port",
        other => other,
    };
    column.to_owned()
}

/// Splits a variable of nginx off. Returns the name of its column, and the rest.
fn nginx_variable(text: &str) -> Result<(Option<String>, &str), String> {
    let text = text.strip_prefix('$').unwrap_or(text);
    let (name, rest) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or("invalid --log-format: ${ without }")?,
        None => {
            let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
            text.split_at(end)
        }
    };
    if name.is_empty() {
        return Err("invalid --log-format: expected the name of a variable after $".to_owned());
    }
    let column = match name {
        "remote_addr" => "host",
        "remote_user" => "user",
        "time_local" | "time_iso8601" | "msec" => "time",
        "request_method" => "method",
        "request_uri" => "url",
        "uri" => "path",
        "args" | "query_string" => "query",
        "server_protocol" => "protocol",
        "body_bytes_sent" => "bytes",
        "http_referer" => "referer",
        "http_user_agent" => "agent",
        "host" | "server_name" | "http_host" => "vhost",
        "server_port" => "port",
        other => other,
    };
    Ok((Some(column.to_owned()), rest))
}

/// Splits a directive of Apache off. Returns the name of its column, none for a percent sign, and the rest.
fn apache_directive(text: &str) -> Result<(Option<String>, &str), String> {
    let text = text.strip_prefix('%').unwrap_or(text);
    if let Some(rest) = text.strip_prefix('%') {
        return Ok((None, rest));
    }
    // Conditions such as %400,501{User-agent}i and %>s.
    let text = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '!' | ',' | '<' | '>'));
    let (argument, text) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or("invalid --log-format: %{ without }")?,
        None => ("", text),
    };
    let letters = if text.starts_with('^') { 3 } else { 1 };
    let (directive, rest) =
        text.split_at_checked(letters).ok_or("invalid --log-format: expected a directive after %")?;
    let column = match (directive, argument.to_ascii_lowercase().as_str()) {
        ("h" | "a", _) => "host".to_owned(),
        ("l", _) => "ident".to_owned(),
        ("u", _) => "user".to_owned(),
        ("t", "") => "[time".to_owned(),
        ("t", _) => "time".to_owned(),
        ("r", _) => "request".to_owned(),
        ("s", _) => "status".to_owned(),
        ("b" | "B" | "O", _) => "bytes".to_owned(),
        ("v" | "V", _) => "vhost".to_owned(),
        ("p", _) => "port".to_owned(),
        ("m", _) => "method".to_owned(),
        ("U", _) => "path".to_owned(),
        ("q", _) => "query".to_owned(),
        ("H", _) => "protocol".to_owned(),
        ("D", _) => "duration_us".to_owned(),
        ("T", "") => "duration_s".to_owned(),
        ("T", unit) => format!("duration_{unit}"),
        ("I", _) => "bytes_received".to_owned(),
        ("P", _) => "process".to_owned(),
        ("L", _) => "log_id".to_owned(),
        ("X", _) => "connection".to_owned(),
        ("A", _) => "local_address".to_owned(),
        ("i", "referer") => "referer".to_owned(),
        ("i", "user-agent") => "agent".to_owned(),
        ("i" | "o" | "e" | "n" | "C" | "x" | "c", name) if !name.is_empty() => name.to_owned(),
        _ => {
            return Err(format!(
                "invalid --log-format: unknown directive %{directive}; leave it out, or use one of Apache 2.4"
            ));
        }
    };
    Ok((Some(column), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(format: &str) -> Result<String, String> {
        LogFormat::parse(format).map(|format| format.columns().join(" "))
    }

    #[test]
    fn columns_have_the_names_of_access_logs() {
        let combined = "host ident user time method path query url protocol status bytes referer agent";
        assert_eq!(columns("combined").unwrap(), combined);
        assert_eq!(
            columns(r#"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-agent}i\""#).unwrap(),
            combined
        );
        let nginx = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=${request_time}s"#;
        assert_eq!(columns(nginx).unwrap(), combined.replace("ident ", "") + " request_time");
        assert_eq!(columns("vhost_combined").unwrap(), format!("vhost port {combined}"));
        assert_eq!(columns("%{X-Country}i %D %{ms}T %%").unwrap(), "x-country duration_us duration_ms");
    }

    #[test]
    fn invalid_format_is_an_error_with_the_reason() {
        for (format, words) in [
            ("nginx", "expected one of common, combined, vhost_combined"),
            ("$status$bytes", "no text before bytes"),
            ("$status $status", "the column status"),
            ("%s %Z", "unknown directive %Z"),
            ("%{Referer", "without }"),
            ("a $", "after $"),
            ("%%", "no fields"),
        ] {
            let error = columns(format).unwrap_err();
            assert!(error.contains(words), "{format}: {error}");
        }
    }
}
