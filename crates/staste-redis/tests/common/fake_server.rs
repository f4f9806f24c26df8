//! A fake server with scripted replies; it ends with the test process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

/// Listens on a port; `answer` returns the bytes of the reply to the words of a request.
pub(crate) fn fake_server(answer: impl Fn(&[String]) -> String + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let answer = answer.clone();
            std::thread::spawn(move || serve(client.unwrap(), answer));
        }
    });
    address
}

/// Returns the reply to INFO.
pub(crate) fn information(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

fn serve(mut client: TcpStream, answer: impl Fn(&[String]) -> String) {
    let mut requests = BufReader::new(client.try_clone().unwrap());
    while let Some(words) = request(&mut requests) {
        if client.write_all(answer(&words).as_bytes()).is_err() {
            return;
        }
    }
}

/// Returns the words of the next request; none at the end.
pub(super) fn request(requests: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let count = number(requests)?;
    (0..count)
        .map(|_| {
            let mut word = vec![0; number(requests)? + 2];
            requests.read_exact(&mut word).ok()?;
            word.truncate(word.len() - 2);
            String::from_utf8(word).ok()
        })
        .collect()
}

/// Returns the number in a line such as `*3` or `$5`.
fn number(requests: &mut BufReader<TcpStream>) -> Option<usize> {
    let mut line = String::new();
    requests.read_line(&mut line).ok()?;
    line.trim_end().get(1..)?.parse().ok()
}
