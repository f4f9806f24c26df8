//! `Stream`: the decompressed bytes of a file or of standard input, with progress in compressed bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::waiting::Waiting;
use crate::interrupt::Interrupt;

/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The compressed bytes held at a time.
const BUFFER: usize = 64 << 10;
/// The most bytes to ask of the decoder at once: what it made of a damaged spot is lost, so keep it small.
const DECODED: usize = 32 << 10;

/// The decompressed bytes of one input; every error names it.
pub(crate) struct Stream {
    name: String,
    source: Source,
    progress: Arc<AtomicU64>,
    delivered: u64,
    is_broken_off: bool,
}

/// The stored bytes: the first two, which were looked at, and the rest.
type Stored = io::Chain<Cursor<Vec<u8>>, Counted<Box<dyn Read + Send>>>;

enum Source {
    Plain(Stored),
    Gzip(Box<MultiGzDecoder<BufReader<Stored>>>),
}

/// Adds what is read to a counter that a progress bar watches.
struct Counted<R> {
    inner: R,
    progress: Arc<AtomicU64>,
}

impl Stream {
    /// Opens a file, or standard input for `-`; gzip is recognised by its first bytes. A signal ends the
    /// wait for the data of a pipe.
    ///
    /// # Errors
    /// The file cannot be opened or read; the message names it. `WouldBlock` when a signal came.
    pub(crate) fn open(path: &Path, interrupt: Option<&Interrupt>) -> io::Result<Stream> {
        if path.as_os_str() == "-" {
            let raw: Box<dyn Read + Send> = match interrupt {
                Some(interrupt) => Box::new(Waiting::standard_input(interrupt.clone())),
                None => Box::new(io::stdin()),
            };
            return Stream::new("standard input", raw);
        }
        let name = path.display().to_string();
        if let Some(interrupt) = interrupt
            && std::fs::metadata(path).is_ok_and(|about| about.file_type().is_fifo())
        {
            let fifo = Waiting::fifo(path, interrupt.clone()).map_err(|error| named(&name, &error))?;
            return Stream::new(&name, Box::new(fifo));
        }
        let file = File::open(path).map_err(|error| named(&name, &error))?;
        let about = file.metadata().map_err(|error| named(&name, &error))?;
        if about.is_dir() {
            let message = format!("{name}: this is a folder; name the files in it");
            return Err(io::Error::new(io::ErrorKind::IsADirectory, message));
        }
        Stream::new(&name, Box::new(file))
    }

    /// A stream over any reader.
    pub(crate) fn new(name: &str, raw: Box<dyn Read + Send>) -> io::Result<Stream> {
        let progress = Arc::new(AtomicU64::new(0));
        let mut raw = Counted { inner: raw, progress: Arc::clone(&progress) };
        let mut head = Vec::with_capacity(GZIP.len());
        raw.by_ref().take(2).read_to_end(&mut head).map_err(|error| named(name, &error))?;
        let gzip = head == GZIP;
        let whole = Cursor::new(head).chain(raw);
        let source = if gzip {
            Source::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, whole))))
        } else {
            Source::Plain(whole)
        };
        Ok(Stream { name: name.to_owned(), source, progress, delivered: 0, is_broken_off: false })
    }

    /// The file as the user named it, or `standard input`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The bytes read so far, as stored, so compressed if they are.
    pub(crate) fn stored(&self) -> u64 {
        self.progress.load(Ordering::Relaxed)
    }

    /// The bytes given out so far.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// True once a signal ended the wait for more data.
    pub(crate) fn is_broken_off(&self) -> bool {
        self.is_broken_off
    }

    fn explain(&mut self, error: &io::Error) -> io::Error {
        self.is_broken_off |= error.kind() == io::ErrorKind::WouldBlock;
        let name = &self.name;
        let after = self.delivered;
        let gzip = match &mut self.source {
            Source::Plain(_) => return named(name, error),
            Source::Gzip(gzip) => gzip,
        };
        // The decoder reports what went wrong below it and in it alike; the file itself tells them apart.
        let damage = matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData);
        let ended = error.kind() == io::ErrorKind::UnexpectedEof
            && gzip.get_mut().fill_buf().is_ok_and(<[u8]>::is_empty);
        if ended {
            let message = format!(
                "{name}: the gzip data ends early after {after} bytes; the file was cut off, so what is missing \
                 has to be fetched again"
            );
            return io::Error::new(io::ErrorKind::UnexpectedEof, message);
        }
        if damage || error.kind() == io::ErrorKind::UnexpectedEof {
            let message = format!(
                "{name}: the gzip data is damaged after {after} bytes ({error}); check it with gzip -t"
            );
            return io::Error::new(io::ErrorKind::InvalidData, message);
        }
        named(name, error)
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = match &mut self.source {
            Source::Plain(plain) => plain.read(buffer),
            Source::Gzip(gzip) => {
                let most = buffer.len().min(DECODED);
                gzip.read(buffer.get_mut(..most).unwrap_or_default())
            }
        };
        match result {
            Ok(read) => {
                self.delivered = self.delivered.saturating_add(read as u64);
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.explain(&error)),
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.progress.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

fn named(name: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Lines that do not compress to nothing.
    fn lines() -> Vec<u8> {
        let line = |n: u64| format!("{n},{}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        (0..20_000).flat_map(|n| line(n).into_bytes()).collect()
    }

    fn read_all(raw: Vec<u8>) -> (Vec<u8>, Option<io::Error>) {
        let mut stream = Stream::new("x.gz", Box::new(Cursor::new(raw))).unwrap();
        let mut all = Vec::new();
        let mut part = vec![0; 1 << 20];
        loop {
            match stream.read(&mut part) {
                Ok(0) => return (all, None),
                Ok(n) => all.extend_from_slice(&part[..n]),
                Err(error) => return (all, Some(error)),
            }
        }
    }

    #[test]
    fn plain_and_gzip_give_the_same_bytes() {
        for text in [&b""[..], b"x", b"\x1f", b"xy", b"a,b\n1,2\n", &lines()] {
            let (plain, none) = read_all(text.to_vec());
            assert!(none.is_none());
            let (unzipped, none) = read_all(gzip(text));
            assert!(none.is_none());
            assert_eq!(plain, text);
            assert_eq!(unzipped, text);
        }
    }

    #[test]
    fn every_member_of_a_gzip_file_is_read() {
        let members = [gzip(b"a,b\n1,"), gzip(b""), gzip(b"2\n3,4\n")].concat();
        let (all, error) = read_all(members);
        assert!(error.is_none());
        assert_eq!(all, b"a,b\n1,2\n3,4\n");
    }

    #[test]
    fn truncated_gzip_delivers_what_there_is_and_says_so() {
        let text = lines();
        let whole = gzip(&text);
        for cut in [whole.len() - 1, whole.len() - 8, whole.len() - 9, whole.len() / 2, 40] {
            let (all, error) = read_all(whole[..cut].to_vec());
            assert!(text.starts_with(&all), "{cut}");
            assert!(all.len() * 10 > text.len() * cut / whole.len() * 8 || cut == 40, "{cut}: {}", all.len());
            let error = error.unwrap();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
            let expected = format!("x.gz: the gzip data ends early after {} bytes; ", all.len());
            assert!(error.to_string().starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn damaged_gzip_delivers_what_came_before_and_says_so() {
        let text = lines();
        let mut whole = gzip(&text);
        let middle = whole.len() / 2;
        whole[middle..middle + 64].fill(0xff);
        let (all, error) = read_all(whole);
        let error = error.unwrap();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().starts_with("x.gz: the gzip data is damaged after "), "{error}");
        assert!(all.len() > text.len() / 3 && text.starts_with(&all[..text.len() / 3]));
        let (all, error) = read_all([&gzip(b"a\n")[..], b"some garbage after it"].concat());
        assert_eq!(all, b"a\n");
        assert!(error.unwrap().to_string().contains("damaged after 2 bytes"));
    }

    #[test]
    fn progress_counts_stored_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv.gz");
        std::fs::write(&path, gzip(&lines())).unwrap();
        let mut stream = Stream::open(&path, None).unwrap();
        io::copy(&mut stream, &mut io::sink()).unwrap();
        assert_eq!(stream.stored(), std::fs::metadata(&path).unwrap().len());
    }

    #[test]
    fn errors_name_the_file() {
        let error = Stream::open(Path::new("/nowhere/a.csv"), None).err().unwrap();
        assert!(error.to_string().starts_with("/nowhere/a.csv: "), "{error}");
        let error = Stream::open(Path::new("/tmp"), None).err().unwrap();
        assert!(error.to_string().contains("/tmp: this is a folder"), "{error}");
    }
}
