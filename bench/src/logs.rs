//! The import of access logs in each format, compared with GoAccess on the same file.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::import::build;
use crate::table::{heading, medians, row};

const LINES: u32 = 100_000;

/// A format of logs.
struct Format {
    name: &'static str,
    /// The format for Staste, and the options of GoAccess.
    option: Option<&'static str>,
    goaccess: &'static [&'static str],
    header: &'static str,
    line: fn(&Request) -> String,
}

/// What a line says of a request.
struct Request {
    host: String,
    hour: u32,
    minute: u32,
    second: u32,
    path: String,
    status: u32,
    bytes: u32,
}

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";

const FORMATS: [Format; 8] = [
    Format { name: "common", option: None, goaccess: &["--log-format=COMMON"], header: "", line: common },
    Format {
        name: "combined",
        option: None,
        goaccess: &["--log-format=COMBINED"],
        header: "",
        line: combined,
    },
    Format {
        name: "combined, by --log-format",
        option: Some("combined"),
        goaccess: &["--log-format=COMBINED"],
        header: "",
        line: combined,
    },
    Format {
        name: "vhost_combined",
        option: Some("vhost_combined"),
        goaccess: &["--log-format=VCOMBINED"],
        header: "",
        line: |request| format!("example.com:443 {}", combined(request)),
    },
    Format {
        name: "s3",
        option: Some("s3"),
        goaccess: &["--log-format=AWSS3"],
        header: "",
        line: |r| {
            let time = clf_time(r);
            format!(
                "79a59df900b949e5 bucket [{time}] {} - 3E57427F3E REST.GET.OBJECT key \"GET {} HTTP/1.1\" {} - {} {} 70 10 \
                 \"-\" \"{AGENT}\" -",
                r.host, r.path, r.status, r.bytes, r.bytes
            )
        },
    },
    Format {
        name: "cloudfront",
        option: None,
        goaccess: &["--log-format=CLOUDFRONT"],
        header: "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status \
                 cs(Referer) cs(User-Agent) cs-uri-query\n",
        line: |r| {
            let agent = AGENT.replace(' ', "%20");
            format!(
                "2013-06-04\t{:02}:{:02}:{:02}\tLHR61\t{}\t{}\tGET\td1.cloudfront.net\t{}\t{}\t-\t{agent}\t-",
                r.hour, r.minute, r.second, r.bytes, r.host, r.path, r.status
            )
        },
    },
    Format {
        name: "caddy (JSON)",
        option: None,
        goaccess: &["--log-format=CADDY"],
        header: "",
        line: |r| {
            let ts = 1_370_304_000 + r.hour * 3600 + r.minute * 60 + r.second;
            format!(
                "{{\"level\":\"info\",\"ts\":{ts}.25,\"logger\":\"http.log.access\",\"msg\":\"handled request\",\"request\":\
                 {{\"remote_ip\":\"{}\",\"remote_port\":\"41342\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"host\":\"example.com\",\
                 \"uri\":\"{}\",\"headers\":{{\"User-Agent\":[\"{AGENT}\"]}},\"tls\":{{\"cipher_suite\":4865,\"proto\":\"h2\"}}}},\
                 \"user_id\":\"\",\"duration\":0.002,\"size\":{},\"status\":{},\"resp_headers\":{{}}}}",
                r.host, r.path, r.bytes, r.status
            )
        },
    },
    Format {
        name: "traefik",
        option: Some("traefik"),
        goaccess: &[
            r#"--log-format=%h - %e [%d:%t %^] "%r" %s %b "%R" "%u" %^ "%^" "%^" %Lms"#,
            "--date-format=%d/%b/%Y",
            "--time-format=%T",
        ],
        header: "",
        line: |request| format!("{} 123 \"web@docker\" \"http://10.0.0.1:80\" 12ms", combined(request)),
    },
];

fn clf_time(r: &Request) -> String {
    format!("04/Jun/2013:{:02}:{:02}:{:02} +0000", r.hour, r.minute, r.second)
}

fn common(r: &Request) -> String {
    format!("{} - - [{}] \"GET {} HTTP/1.1\" {} {}", r.host, clf_time(r), r.path, r.status, r.bytes)
}

fn combined(r: &Request) -> String {
    format!("{} \"https://example.com/\" \"{AGENT}\"", common(r))
}

pub fn run() -> Result<(), Box<dyn Error>> {
    heading("import of access logs by page and status; peer: GoAccess, the same log to a JSON report");
    let directory = tempfile::tempdir()?;
    build()?;
    let has_goaccess = Command::new("goaccess").arg("--version").stdout(Stdio::null()).status().is_ok();
    let mut store = 0;
    for format in FORMATS {
        let log = directory.path().join("access.log");
        write_lines(&log, &format)?;
        let [ours, theirs] = medians(|| {
            store += 1;
            let database = directory.path().join(format!("{store}.db"));
            let ours = import(&log, &format, &database).expect("an import");
            let report = directory.path().join("report.json");
            [ours, if has_goaccess { goaccess(&log, &format, &report).expect("a report") } else { f64::NAN }]
        });
        let rate = |seconds: f64| f64::from(LINES) / seconds;
        row(format.name, rate(ours), has_goaccess.then(|| rate(theirs)), "/s", "-");
    }
    if !has_goaccess {
        println!("(no goaccess: install it from the packages of the system)");
    }
    Ok(())
}

fn write_lines(log: &Path, format: &Format) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(log)?);
    out.write_all(format.header.as_bytes())?;
    for line in 0..LINES {
        let random = u32::try_from(u64::from(line).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40).unwrap_or(0);
        let second = u32::try_from(u64::from(line) * 86_400 / u64::from(LINES)).unwrap_or(0);
        let request = Request {
            host: format!("203.0.113.{}", random % 250),
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            path: format!("/articles/{}", random / 250 % 500),
            status: if random % 20 == 0 { 404 } else { 200 },
            bytes: random % 10_000,
        };
        writeln!(out, "{}", (format.line)(&request))?;
    }
    out.flush()
}

fn import(log: &Path, format: &Format, database: &Path) -> Result<f64, Box<dyn Error>> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/staste");
    let begun = Instant::now();
    let mut command = Command::new(program);
    command.arg("import").arg(log).args(["--metrica", "hits", "--axis", "page=path", "--axis", "status"]);
    command.args(format.option.into_iter().flat_map(|name| ["--log-format", name]));
    command.arg("--store").arg(format!("sqlite:{}", database.display()));
    let output = command.args(["--format", "json"]).output()?;
    let seconds = begun.elapsed().as_secs_f64();
    let counted = format!("\"counted\":{LINES},");
    let summary = String::from_utf8_lossy(&output.stdout);
    if summary.contains(&counted) { Ok(seconds) } else { Err(format!("{}: {summary}", format.name).into()) }
}

fn goaccess(log: &Path, format: &Format, report: &Path) -> Result<f64, Box<dyn Error>> {
    let begun = Instant::now();
    let mut command = Command::new("goaccess");
    command.arg(log).arg("--no-global-config").arg("--no-progress");
    command.args(format.goaccess).arg("-o").arg(report);
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let seconds = begun.elapsed().as_secs_f64();
    let text = std::fs::read_to_string(report)?;
    let valid: String = text
        .split("\"valid_requests\":")
        .nth(1)
        .unwrap_or("")
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    if done.success() && valid == LINES.to_string() {
        Ok(seconds)
    } else {
        Err(format!("{}: GoAccess read {valid} of {LINES} lines", format.name).into())
    }
}
