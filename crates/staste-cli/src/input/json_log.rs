//! `JsonLog`: the access logs that web servers write in JSON. Their keys get the names of the columns of access logs.
//!
//! The keys of Caddy are those of <https://caddyserver.com/docs/logging>, those of Traefik are in
//! <https://doc.traefik.io/traefik/observability/access-logs/>. The format of nginx is one that its user writes, with the
//! names of variables as keys: <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>.

/// An access log in JSON.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct JsonLog {
    /// The name for `--log-format`.
    pub(crate) name: &'static str,
    /// The keys that each record has. By these, a log is recognized. None for a log that its user designs.
    pub(super) marks: &'static [&'static str],
    /// The columns, each with its keys. The first key that a record has is taken.
    columns: &'static [(&'static str, &'static [&'static str])],
}

/// The logs, by name.
pub(super) const JSON_LOGS: [&JsonLog; 3] = [&CADDY, &TRAEFIK, &NGINX];

static CADDY: JsonLog = JsonLog {
    name: "caddy",
    marks: &["request.method", "request.proto", "request.uri", "status"],
    columns: &[
        ("host", &["request.client_ip", "request.remote_ip"]),
        ("user", &["user_id"]),
        ("time", &["ts"]),
        ("method", &["request.method"]),
        ("path", &["request.uri.path"]),
        ("query", &["request.uri.query"]),
        ("url", &["request.uri"]),
        ("protocol", &["request.proto"]),
        ("status", &["status"]),
        ("bytes", &["size"]),
        ("referer", &["request.headers.Referer.0"]),
        ("agent", &["request.headers.User-Agent.0"]),
        ("vhost", &["request.host"]),
        ("duration_s", &["duration"]),
    ],
};

static TRAEFIK: JsonLog = JsonLog {
    name: "traefik-json",
    marks: &["RequestMethod", "RequestPath", "DownstreamStatus"],
    columns: &[
        ("host", &["ClientHost"]),
        ("user", &["ClientUsername"]),
        ("time", &["StartUTC", "StartLocal"]),
        ("method", &["RequestMethod"]),
        ("path", &["RequestPath.path"]),
        ("query", &["RequestPath.query"]),
        ("url", &["RequestPath"]),
        ("protocol", &["RequestProtocol"]),
        ("status", &["DownstreamStatus"]),
        ("bytes", &["DownstreamContentSize"]),
        ("referer", &["request_Referer"]),
        ("agent", &["request_User-Agent"]),
        ("vhost", &["RequestHost"]),
        ("duration_ns", &["Duration"]),
    ],
};

static NGINX: JsonLog = JsonLog {
    name: "nginx-json",
    marks: &[],
    columns: &[
        ("host", &["remote_addr"]),
        ("user", &["remote_user"]),
        ("time", &["time_iso8601", "time_local", "msec", "time"]),
        ("method", &["request_method", "request.method"]),
        ("path", &["request.path", "request_uri.path", "uri"]),
        ("query", &["request.query", "request_uri.query", "args", "query_string"]),
        ("url", &["request.url", "request_uri"]),
        ("protocol", &["server_protocol", "request.protocol"]),
        ("status", &["status"]),
        ("bytes", &["body_bytes_sent"]),
        ("referer", &["http_referer"]),
        ("agent", &["http_user_agent"]),
        ("vhost", &["host", "server_name", "http_host"]),
        ("port", &["server_port"]),
    ],
};

impl JsonLog {
    /// Returns the log of a name.
    pub(crate) fn named(name: &str) -> Option<&'static JsonLog> {
        JSON_LOGS.into_iter().find(|log| log.name == name)
    }

    /// Recognizes a log by the columns of its first record.
    pub(super) fn recognize(first_columns: &[String]) -> Option<&'static JsonLog> {
        let has = |mark: &&str| first_columns.iter().any(|column| column == mark);
        JSON_LOGS.into_iter().find(|log| !log.marks.is_empty() && log.marks.iter().all(has))
    }

    /// Returns the names of the columns.
    pub(super) fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|(column, _)| (*column).to_owned()).collect()
    }

    /// Returns the keys of a column, or the column itself, which is a key then.
    pub(super) fn keys<'a>(&self, column: &'a str) -> Vec<&'a str> {
        let known = self.columns.iter().find(|(name, _)| *name == column);
        known.map_or_else(|| vec![column], |(_, keys)| keys.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_have_the_columns_of_access_logs() {
        let common = [
            "host", "user", "time", "method", "path", "query", "url", "protocol", "status", "bytes",
            "referer", "agent",
        ];
        for log in JSON_LOGS {
            let columns = log.columns();
            assert!(common.iter().all(|name| columns.iter().any(|column| column == name)), "{}", log.name);
            assert_eq!(JsonLog::named(log.name), Some(log));
        }
        assert_eq!(CADDY.keys("request.tls.proto"), ["request.tls.proto"]);
    }

    #[test]
    fn log_is_recognized_by_its_marks_only() {
        let columns = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(JsonLog::recognize(&columns(CADDY.marks)), Some(&CADDY));
        assert_eq!(JsonLog::recognize(&columns(TRAEFIK.marks)), Some(&TRAEFIK));
        assert_eq!(JsonLog::recognize(&columns(&["remote_addr", "status", "request"])), None);
        assert_eq!(JsonLog::recognize(&columns(&CADDY.marks[1..])), None);
    }
}
