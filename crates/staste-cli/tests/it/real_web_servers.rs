//! Logs that nginx and Apache write for the same requests, in several formats: each format gives the same choices, and they are
//! those that were sent.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::support::program::Program;

/// Requests with what a log says of them: their method, path, user agent and referer; `(unset)` for none.
const REQUESTS: [(&[u8], [&str; 4]); 12] = [
    (b"GET /plain HTTP/1.1\r\nUser-Agent: x/1.0 (y; z)\r\n", ["GET", "/plain", "x/1.0 (y; z)", "(unset)"]),
    (
        b"GET /quote\"s?a=\"1\" HTTP/1.1\r\nUser-Agent: say \"hi\" \\ back\r\nReferer: http://r/\"x\"\r\n",
        ["GET", "/quote\"s", "say \"hi\" \\ back", "http://r/\"x\""],
    ),
    (
        b"GET /caf\xc3\xa9?q=\xc3\xa9 HTTP/1.1\r\nUser-Agent: M\xc3\xbcller \xf0\x9f\x98\x80\r\n",
        ["GET", "/café", "Müller 😀", "(unset)"],
    ),
    (b"GET /caf%C3%A9%20x HTTP/1.1\r\n", ["GET", "/caf%C3%A9%20x", "(unset)", "(unset)"]),
    (
        b"GET /latin\xe9 HTTP/1.1\r\nUser-Agent: \xfcber caf\xc3\xa9\r\n",
        ["GET", "/latin\\xe9", "\\xfcber café", "(unset)"],
    ),
    (
        b"GET /user HTTP/1.1\r\nAuthorization: Basic YW5uIGI6eA==\r\nUser-Agent: ann\r\n",
        ["GET", "/user", "ann", "(unset)"],
    ),
    (b"\x16\x03\x01\x02\r\n", ["(unset)", "(unset)", "(unset)", "(unset)"]),
    (b"POST /form HTTP/1.1\r\nContent-Length: 0\r\n", ["POST", "/form", "(unset)", "(unset)"]),
    (b"HEAD /head HTTP/1.0\r\nReferer: /a b\r\n", ["HEAD", "/head", "(unset)", "/a b"]),
    (
        b"GET http://a.example/absolute?x HTTP/1.1\r\n",
        ["GET", "http://a.example/absolute", "(unset)", "(unset)"],
    ),
    (
        b"GET //double//slash HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1, 192.0.2.2\r\n",
        ["GET", "//double//slash", "(unset)", "(unset)"],
    ),
    (b"PROPFIND /dav HTTP/1.1\r\n", ["PROPFIND", "/dav", "(unset)", "(unset)"]),
];

/// The path of the requests that await the start of a server.
const FIRST_PATH: &str = "/is-the-server-there";
const AXES: [&str; 4] = ["method", "path", "agent", "referer"];

/// A web server, which is killed when its test fails.
struct WebServer {
    child: Child,
    port: u16,
}

impl WebServer {
    /// Starts a server on a free port, which another process may take first.
    fn start(
        program: &Path,
        arguments: &[&str],
        folder: &Path,
        configuration: impl Fn(u16) -> String,
    ) -> WebServer {
        let began = Instant::now();
        loop {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let file = folder.join("server.conf");
            std::fs::write(&file, configuration(port)).unwrap();
            let mut command = Command::new(program);
            command.args(arguments).arg(&file).stdout(Stdio::null()).stderr(Stdio::piped());
            let mut server = WebServer { child: command.spawn().unwrap(), port };
            while server.child.try_wait().unwrap().is_none() {
                if get(port, format!("GET {FIRST_PATH} HTTP/1.0\r\n\r\n").as_bytes())
                    .is_ok_and(|reply| !reply.is_empty())
                {
                    return server;
                }
                assert!(began.elapsed() < Duration::from_secs(60), "the server does not accept connections");
            }
            let mut message = String::new();
            server.child.stderr.take().unwrap().read_to_string(&mut message).unwrap();
            assert!(message.to_lowercase().contains("in use"), "{}: {message}", program.display());
        }
    }

    /// Sends the requests, each on a connection of its own, and stops the server once it has written its logs.
    fn log_requests(mut self) {
        for (request, _) in REQUESTS {
            get(self.port, &[request, b"Host: localhost\r\nConnection: close\r\n\r\n"].concat()).unwrap();
        }
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request and returns the response.
fn get(port: u16, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.write_all(request)?;
    let mut response = Vec::new();
    // The server may close the connection before it has read all of an invalid request.
    let _ = stream.read_to_end(&mut response);
    Ok(response)
}

/// Finds a program that `cargo xtask provision` installs; folders of system programs are not always on the path of a user.
fn installed(names: &[&str]) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| path.is_file());
    found.expect("nginx and Apache are installed by `cargo xtask provision`")
}

/// Removes the rows of the requests that awaited the start of the server.
fn without_first_requests(log: &Path) {
    let text = std::fs::read(log).unwrap();
    let is_first = |line: &[u8]| line.windows(FIRST_PATH.len()).any(|part| part == FIRST_PATH.as_bytes());
    let kept: Vec<&[u8]> =
        text.split_inclusive(|byte| *byte == b'\n').filter(|line| !is_first(line)).collect();
    std::fs::write(log, kept.concat()).unwrap();
}

/// Imports a log and checks that each request has the choices that were sent.
fn assert_same_choices(staste: &Program, log: &str, format: &str, axes: &[&str]) {
    let metrica = log.replace('.', "_");
    without_first_requests(&staste.path(log));
    let options: String = axes.iter().map(|axis| format!(" --axis {axis}")).collect();
    let option = if format.is_empty() { String::new() } else { format!("--log-format '{format}'") };
    let summary = staste.json(&format!("import {log} --metrica {metrica} {option}{options}"));
    let count = i64::try_from(REQUESTS.len()).unwrap();
    assert_eq!((&summary["counted"], &summary["rejected"]), (&count.into(), &0.into()), "{log}: {summary}");
    for axis in axes {
        let position = AXES.iter().position(|known| known == axis).unwrap();
        let mut expected: Vec<&str> = REQUESTS.iter().map(|(_, choices)| choices[position]).collect();
        expected.sort_unstable();
        let answer = staste.json(&format!("query {metrica} --by {axis}"));
        let mut found = Vec::new();
        for row in answer["rows"].as_array().unwrap() {
            let choice = row["choice"].as_str().unwrap_or("(unset)").to_owned();
            found.extend(std::iter::repeat_n(choice, row["total"].as_u64().unwrap().try_into().unwrap()));
        }
        found.sort_unstable();
        assert_eq!(found, expected, "{log}: {axis}");
    }
}

#[test]
fn logs_of_nginx_have_the_choices_of_the_requests() {
    let staste = Program::new();
    let folder = staste.path("");
    let custom = r#"$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time host="$host" xff="$http_x_forwarded_for""#;
    let json = r#"{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr","request":"$request","status":"$status","http_referer":"$http_referer","http_user_agent":"$http_user_agent"}"#;
    let server = WebServer::start(&installed(&["nginx"]), &["-c"], &folder, |port| {
        let folder = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {folder}{name};\n"))
            .concat();
        format!(
            "daemon off; master_process off; pid {folder}nginx.pid; error_log stderr;\nevents {{}}\nhttp {{\n\
             log_format custom '{custom}';\nlog_format json escape=json '{json}';\n\
             access_log {folder}combined.log combined;\naccess_log {folder}custom.log custom;\naccess_log {folder}json.log json;\n\
             {temporary}server {{ listen 127.0.0.1:{port}; location / {{ return 200 \"ok\"; }} }}\n}}\n"
        )
    });
    server.log_requests();
    assert_same_choices(&staste, "combined.log", "", &AXES);
    let copy = std::fs::read(staste.path("combined.log")).unwrap();
    staste.write("named.log", copy);
    assert_same_choices(&staste, "named.log", "combined", &AXES);
    assert_same_choices(&staste, "custom.log", custom, &AXES);
    assert_same_choices(&staste, "json.log", "nginx-json", &AXES);
}

#[test]
fn logs_of_apache_have_the_choices_of_the_requests() {
    let staste = Program::new();
    let folder = staste.path("");
    let modules = [
        "/usr/lib/apache2/modules",
        "/usr/lib64/httpd/modules",
        "/usr/lib/httpd/modules",
        "/usr/lib/apache2",
    ]
    .into_iter()
    .find(|folder| Path::new(folder).join("mod_mpm_event.so").is_file())
    .expect("the modules of Apache");
    let combined = r#"%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\""#;
    let custom = r#"%a %{%Y-%m-%dT%H:%M:%S%z}t %m \"%U\" \"%q\" %>s %B %D \"%{User-Agent}i\" \"%{Referer}i\" %X %{ms}T"#;
    let server = WebServer::start(&installed(&["apache2", "httpd"]), &["-X", "-f"], &folder, |port| {
        let folder = folder.display();
        let load: String = ["mpm_event", "authz_core", "log_config", "unixd"]
            .into_iter()
            .filter(|name| Path::new(modules).join(format!("mod_{name}.so")).is_file())
            .map(|name| format!("LoadModule {name}_module {modules}/mod_{name}.so\n"))
            .collect();
        format!(
            "ServerRoot {folder}\nServerName localhost\nPidFile {folder}apache.pid\nErrorLog /dev/stderr\n{load}\
             Listen 127.0.0.1:{port}\nDocumentRoot {folder}\n\
             LogFormat \"{combined}\" combined\nLogFormat \"%v:%p {combined}\" vhost_combined\nLogFormat \"{custom}\" custom\n\
             CustomLog {folder}combined.log combined\nCustomLog {folder}vhost.log vhost_combined\nCustomLog {folder}custom.log custom\n"
        )
    });
    server.log_requests();
    assert_same_choices(&staste, "combined.log", "", &AXES);
    assert_same_choices(&staste, "vhost.log", "vhost_combined", &AXES);
    assert_same_choices(&staste, "custom.log", custom, &["method", "agent", "referer"]);
}
