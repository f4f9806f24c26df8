//! `InputStream`: the decompressed bytes of a file or standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::interruptible_reader::InterruptibleReader;
use crate::interrupt::Interrupt;

/// The first bytes of a gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Size of the buffer of compressed bytes.
const BUFFER_BYTES: usize = 64 << 10;
/// Maximum number of bytes to decode per read. It is small, because the bytes decoded before a damaged spot in the same
/// read are lost.
const MAX_DECODED_BYTES: usize = 32 << 10;

/// The decompressed bytes of one file. Every error names the file.
pub(crate) struct InputStream {
    name: String,
    source: Source,
    stored_bytes: Arc<AtomicU64>,
    decoded_bytes: u64,
    is_interrupted: bool,
}

/// The bytes of the file: the first two, which were read to detect gzip, and the rest.
type FileBytes = io::Chain<Cursor<Vec<u8>>, CountingReader<Box<dyn Read + Send>>>;

enum Source {
    Plain(FileBytes),
    Gzip(Box<MultiGzDecoder<BufReader<FileBytes>>>),
}

/// Counts the bytes that are read.
struct CountingReader<R> {
    inner: R,
    bytes_read: Arc<AtomicU64>,
}

impl InputStream {
    /// Opens a file, or standard input for `-`. Gzip is detected by the first bytes. A signal ends the wait for data from a
    /// pipe.
    ///
    /// # Errors
    /// When the file cannot be opened or read. The kind is `WouldBlock` if a signal ended the wait for data.
    pub(crate) fn open(path: &Path, interrupt: Option<&Interrupt>) -> io::Result<InputStream> {
        if path.as_os_str() == "-" {
            let raw: Box<dyn Read + Send> = match interrupt {
                Some(interrupt) => Box::new(InterruptibleReader::standard_input(interrupt.clone())),
                None => Box::new(io::stdin()),
            };
            return InputStream::new("standard input", raw);
        }
        let name = path.display().to_string();
        if let Some(interrupt) = interrupt
            && std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
        {
            let fifo = InterruptibleReader::fifo(path, interrupt.clone())
                .map_err(|error| with_name(&name, &error))?;
            return InputStream::new(&name, Box::new(fifo));
        }
        let file = File::open(path).map_err(|error| with_name(&name, &error))?;
        let metadata = file.metadata().map_err(|error| with_name(&name, &error))?;
        if metadata.is_dir() {
            let message = format!("{name} is a folder: name the files in it");
            return Err(io::Error::new(io::ErrorKind::IsADirectory, message));
        }
        InputStream::new(&name, Box::new(file))
    }

    /// Returns a stream of any reader.
    pub(crate) fn new(name: &str, raw: Box<dyn Read + Send>) -> io::Result<InputStream> {
        let stored_bytes = Arc::new(AtomicU64::new(0));
        let mut raw = CountingReader { inner: raw, bytes_read: Arc::clone(&stored_bytes) };
        let mut head = Vec::with_capacity(GZIP_MAGIC.len());
        raw.by_ref().take(2).read_to_end(&mut head).map_err(|error| with_name(name, &error))?;
        let is_gzip = head == GZIP_MAGIC;
        let bytes = Cursor::new(head).chain(raw);
        let source = if is_gzip {
            Source::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, bytes))))
        } else {
            Source::Plain(bytes)
        };
        Ok(InputStream {
            name: name.to_owned(),
            source,
            stored_bytes,
            decoded_bytes: 0,
            is_interrupted: false,
        })
    }

    /// Returns the name of the file as the user gave it, or `standard input`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of bytes read from the file so far.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.stored_bytes.load(Ordering::Relaxed)
    }

    /// Returns the number of decompressed bytes so far.
    pub(crate) fn decoded_bytes(&self) -> u64 {
        self.decoded_bytes
    }

    /// Returns true once a signal has ended the wait for data.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.is_interrupted
    }

    fn explain(&mut self, error: &io::Error) -> io::Error {
        self.is_interrupted |= error.kind() == io::ErrorKind::WouldBlock;
        let name = &self.name;
        let after = self.decoded_bytes;
        let gzip = match &mut self.source {
            Source::Plain(_) => return with_name(name, error),
            Source::Gzip(gzip) => gzip,
        };
        // The decoder reports its own errors and those of the file with the same kinds, so the end of the file is checked.
        let is_corrupt = matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData);
        let is_truncated = error.kind() == io::ErrorKind::UnexpectedEof
            && gzip.get_mut().fill_buf().is_ok_and(<[u8]>::is_empty);
        if is_truncated {
            let message = format!(
                "{name}: the gzip data ends early after {after} bytes; get the complete file and import it again"
            );
            return io::Error::new(io::ErrorKind::UnexpectedEof, message);
        }
        if is_corrupt || error.kind() == io::ErrorKind::UnexpectedEof {
            let message = format!(
                "{name}: the gzip data is damaged after {after} bytes ({error}); check it with gzip -t"
            );
            return io::Error::new(io::ErrorKind::InvalidData, message);
        }
        with_name(name, error)
    }
}

impl Read for InputStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = match &mut self.source {
            Source::Plain(plain) => plain.read(buffer),
            Source::Gzip(gzip) => {
                let length = buffer.len().min(MAX_DECODED_BYTES);
                gzip.read(buffer.get_mut(..length).unwrap_or_default())
            }
        };
        match result {
            Ok(read) => {
                self.decoded_bytes = self.decoded_bytes.saturating_add(read as u64);
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.explain(&error)),
        }
    }
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes_read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

fn with_name(name: &str, error: &io::Error) -> io::Error {
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

    /// Lines that do not compress well.
    fn lines() -> Vec<u8> {
        let line = |n: u64| format!("{n},{}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        (0..20_000).flat_map(|n| line(n).into_bytes()).collect()
    }

    fn read_all(raw: Vec<u8>) -> (Vec<u8>, Option<io::Error>) {
        let mut stream = InputStream::new("x.gz", Box::new(Cursor::new(raw))).unwrap();
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
    fn plain_and_gzip_files_give_the_same_bytes() {
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
    fn truncated_gzip_gives_its_bytes_and_then_an_error() {
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
    fn damaged_gzip_gives_the_bytes_before_the_damage_and_then_an_error() {
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
    fn stored_bytes_equal_the_file_size_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv.gz");
        std::fs::write(&path, gzip(&lines())).unwrap();
        let mut stream = InputStream::open(&path, None).unwrap();
        io::copy(&mut stream, &mut io::sink()).unwrap();
        assert_eq!(stream.stored_bytes(), std::fs::metadata(&path).unwrap().len());
    }

    #[test]
    fn error_names_the_file() {
        let error = InputStream::open(Path::new("/nowhere/a.csv"), None).err().unwrap();
        assert!(error.to_string().starts_with("/nowhere/a.csv: "), "{error}");
        let error = InputStream::open(Path::new("/tmp"), None).err().unwrap();
        assert!(error.to_string().contains("/tmp is a folder"), "{error}");
    }
}
