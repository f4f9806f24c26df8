//! `import` of the access logs that web servers write in JSON.

use crate::support::program::Program;

const CADDY: &str = r#"{"level":"info","ts":1699956000.52,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"10.0.0.1","remote_port":"4","client_ip":"203.0.113.1","proto":"HTTP/2.0","method":"GET","host":"example.com","uri":"/shop?id=7","headers":{"User-Agent":["curl/8.5.0"],"Referer":["https://e.com/"]}},"user_id":"","duration":0.25,"size":512,"status":200}
"#;
const TRAEFIK: &str = r#"{"ClientHost":"203.0.113.1","ClientUsername":"-","DownstreamContentSize":512,"DownstreamStatus":200,"Duration":250000000,"RequestHost":"example.com","RequestMethod":"GET","RequestPath":"/shop?id=7","RequestProtocol":"HTTP/2.0","StartUTC":"2023-11-14T10:00:00.52Z","level":"info","msg":"","request_Referer":"https://e.com/","request_User-Agent":"curl/8.5.0","time":"2023-11-14T10:00:01Z"}
"#;
const NGINX: &str = r#"{"time_local":"14/Nov/2023:10:00:00 +0000","remote_addr":"203.0.113.1","remote_user":"","request":"GET /shop?id=7 HTTP/2.0","status":"200","body_bytes_sent":"512","request_time":"0.250","http_referer":"https://e.com/","http_user_agent":"curl/8.5.0","host":"example.com"}
"#;
const TRAEFIK_LINE: &str = "203.0.113.1 - - [14/Nov/2023:10:00:00 +0000] \"GET /shop?id=7 HTTP/2.0\" 200 512 \"https://e.com/\" \"curl/8.5.0\" 7 \"web@docker\" \"http://10.0.0.2:80\" 250ms\n";

/// The query that finds the request of each log.
const FOUND: &str = "--since 2023-11-14T10:00 --until 2023-11-14T10:01 --filter host=203.0.113.1 --filter user:unset \
    --filter method=GET --filter page=/shop --filter query=id=7 --filter url=/shop?id=7 --filter protocol=HTTP/2.0 \
    --filter status=200 --filter bytes=512 --filter referer=https://e.com/ --filter agent=curl/8.5.0";

const AXES: &str = "--axis host --axis user --axis method --axis page=path --axis query --axis url --axis protocol \
    --axis status --axis bytes --axis referer --axis agent";

#[test]
fn logs_of_each_server_have_the_same_columns() {
    for (log, options) in [
        (CADDY, ""),
        (CADDY, "--log-format caddy"),
        (TRAEFIK, ""),
        (TRAEFIK, "--log-format traefik-json"),
        (NGINX, "--log-format nginx-json"),
        (TRAEFIK_LINE, ""),
        (TRAEFIK_LINE, "--log-format traefik"),
    ] {
        let staste = Program::new();
        staste.write("access.log", log);
        let run = staste.run(&format!("import access.log --metrica v {AXES} {options}"));
        assert_eq!(run.code, Some(0), "{options} {run:?}");
        assert_eq!(
            run.err.contains("recognized as a log of"),
            options.is_empty() && log.starts_with('{'),
            "{run:?}"
        );
        assert_eq!(staste.total(&format!("v {FOUND}")), 1, "{options} {log}");
    }
}

#[test]
fn virtual_host_and_duration_are_columns() {
    for (log, format, duration, seconds) in [
        (CADDY, "caddy", "duration_s", 0.25),
        (TRAEFIK, "traefik-json", "duration_ns", 250_000_000.0),
        (NGINX, "nginx-json", "request_time", 0.25),
    ] {
        let staste = Program::new();
        staste.write("a.log", log);
        let import = format!(
            "import a.log --metrica v --axis vhost --value {duration} --multiplier 100 --log-format {format}"
        );
        staste.ok(&import);
        let row = &staste.json("query v --filter vhost=example.com --total")["rows"][0];
        assert_eq!(row["total"].as_f64(), Some(seconds), "{format}");
    }
}

#[test]
fn options_for_access_logs_work_for_logs_in_json() {
    let staste = Program::new();
    staste.write("a.log", CADDY.to_owned() + &CADDY.replace("curl/8.5.0", "Firefox"));
    let summary = staste.json("import a.log --metrica v --axis url --exclude-bots --strip-query");
    assert_eq!((&summary["counted"], &summary["bots"]), (&1.into(), &1.into()));
    assert_eq!(staste.total("v --filter url=/shop"), 1);
    let run = staste.run("import a.log --metrica w --value user --null -=skip");
    assert!(run.out.contains("2  skipped: user is \"-\""), "{run:?}");
    staste.ok("import a.log --metrica x --axis name=request.host --axis status");
    assert_eq!(staste.total("x --filter name=example.com --filter status=200"), 2, "keys work, too");
    let run = staste.run("import a.log --metrica z --axis agent --input-format access-log");
    assert!(run.code == Some(0) && run.err.contains("recognized as a log of caddy"), "{run:?}");
    let run = staste.run("import a.log --metrica y --axis status --input-format ndjson");
    assert!(run.err.contains("without --date every row counts as happening now"), "{run:?}");
}

#[test]
fn other_record_in_a_log_is_rejected_with_the_reason() {
    let staste = Program::new();
    staste
        .write("a.log", CADDY.to_owned() + "{\"level\":\"info\",\"ts\":1699956001.5,\"msg\":\"stopped\"}\n");
    let run = staste.run("import a.log --metrica v --axis status");
    assert!(run.code == Some(3), "{run:?}");
    assert!(
        run.err
            .contains("a.log:2: not a line of the --log-format: it has no request.method, which each record"),
        "{run:?}"
    );
    let error = staste.fails(2, "import a.log --metrica v --log-format lighttpd");
    assert!(error.contains("alb, caddy, traefik-json, nginx-json"), "{error}");
}
