//! `InputStream`: the text of a file or standard input, decompressed and in UTF-8.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

use super::docker_log::{DockerLogReader, is_docker_log};
use super::interruptible_reader::InterruptibleReader;
use super::json_list::JsonListReader;
use super::utf16_reader::{Utf16Reader, is_utf16};
use crate::interrupt::Interrupt;

/// Size of the buffer of compressed bytes.
const BUFFER_BYTES: usize = 64 << 10;
/// Maximum number of bytes to decode per read. It is small, because the bytes decoded before a damaged spot in the same
/// read are lost.
const MAX_DECODED_BYTES: usize = 32 << 10;
/// Maximum memory of the xz decoder in KiB. `xz -9` needs 65 MiB.
const MAX_XZ_MEMORY: u32 = 512 << 10;
/// Number of bytes by which an archive is recognized.
const HEAD_BYTES: usize = 512;
/// Number of bytes by which a log of Docker is recognized. A record has up to 16 KiB of text, which escapes make longer.
const MAX_DOCKER_RECORD: usize = 128 << 10;

/// The text of one file. Every error names the file.
pub(crate) struct InputStream {
    name: String,
    text: Box<dyn Read + Send>,
    is_json_list: bool,
    is_docker_log: bool,
    is_utf16: bool,
    is_compressed: bool,
    is_live: bool,
    progress: Arc<ReadProgress>,
}

/// How far a file is read.
#[derive(Debug, Default)]
struct ReadProgress {
    stored_bytes: AtomicU64,
    decoded_bytes: AtomicU64,
    is_interrupted: AtomicBool,
}

/// The bytes of the file: the first ones, which were read to detect the compression, and the rest.
type FileBytes = io::Chain<Cursor<Vec<u8>>, CountingReader<Box<dyn Read + Send>>>;

/// A compression, detected by the first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

/// The decompressed bytes of one file.
struct DecompressedStream {
    name: String,
    source: Source,
    progress: Arc<ReadProgress>,
}

enum Source {
    Plain(FileBytes),
    Gzip(Box<MultiGzDecoder<BufReader<FileBytes>>>),
    Other(Compression, Box<dyn Read + Send>),
}

/// Counts the bytes that are read.
struct CountingReader<R> {
    inner: R,
    progress: Arc<ReadProgress>,
}

impl Compression {
    const ALL: [Compression; 4] = [Compression::Gzip, Compression::Zstd, Compression::Xz, Compression::Bzip2];

    /// The first bytes of such a file.
    fn magic(self) -> &'static [u8] {
        match self {
            Compression::Gzip => b"\x1f\x8b",
            Compression::Zstd => b"\x28\xb5\x2f\xfd",
            Compression::Xz => b"\xfd7zXZ\0",
            Compression::Bzip2 => b"BZh",
        }
    }

    /// The name, which is that of its program.
    fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Xz => "xz",
            Compression::Bzip2 => "bzip2",
        }
    }
}

impl InputStream {
    /// Opens a file, or standard input for `-`. A signal ends the wait for data from a pipe.
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

    /// Returns a stream of any reader. Compression and UTF-16 are detected by the first bytes.
    ///
    /// # Errors
    /// When the file cannot be read, or is an archive.
    pub(crate) fn new(name: &str, raw: Box<dyn Read + Send>) -> io::Result<InputStream> {
        let progress = Arc::new(ReadProgress::default());
        let mut stream = DecompressedStream::new(name, raw, &progress)?;
        let mut head = Vec::with_capacity(HEAD_BYTES);
        let failed = read_head(&mut stream, &mut head).err();
        if let Some(problem) = archive_problem(&head) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {problem}")));
        }
        let is_compressed = !matches!(stream.source, Source::Plain(_));
        let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
        let is_docker_log = is_docker_log(&head);
        let is_json_list = start.starts_with(b"[") && start.get(1..).is_some_and(is_element_of_list);
        let is_utf16 = is_utf16(&head);
        let bytes = Cursor::new(head.clone()).chain(FailedReader(failed)).chain(stream);
        let text: Box<dyn Read + Send> =
            if is_utf16 { Box::new(Utf16Reader::new(bytes, &head)) } else { Box::new(bytes) };
        let name = name.to_owned();
        Ok(InputStream {
            name,
            text,
            is_json_list,
            is_docker_log,
            is_utf16,
            is_compressed,
            is_live: false,
            progress,
        })
    }

    /// Returns true if the text starts like a JSON list.
    pub(crate) fn is_json_list(&self) -> bool {
        self.is_json_list
    }

    /// Returns the stream as one that can grow after its end was reached.
    pub(crate) fn into_live(self) -> InputStream {
        InputStream { is_live: true, ..self }
    }

    /// Returns true if the text is in UTF-16.
    pub(crate) fn is_utf16(&self) -> bool {
        self.is_utf16
    }

    /// Returns true if the file is compressed.
    pub(crate) fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// Returns the elements of a JSON list as lines.
    pub(crate) fn into_json_lines(self) -> InputStream {
        InputStream { text: Box::new(JsonListReader::new(self.text)), is_json_list: false, ..self }
    }

    /// Returns true if the file is a log of Docker, whose records contain the lines of a container.
    pub(crate) fn is_docker_log(&self) -> bool {
        self.is_docker_log
    }

    /// Returns the lines of the container.
    pub(crate) fn into_container_lines(self) -> InputStream {
        InputStream { text: Box::new(DockerLogReader::new(self.text, self.is_live)), ..self }
    }

    /// Returns the name of the file as the user gave it, or `standard input`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of bytes read from the file so far.
    pub(crate) fn stored_bytes(&self) -> u64 {
        self.progress.stored_bytes.load(Ordering::Relaxed)
    }

    /// Returns the number of decompressed bytes so far.
    pub(crate) fn decoded_bytes(&self) -> u64 {
        self.progress.decoded_bytes.load(Ordering::Relaxed)
    }

    /// Returns true once a signal has ended the wait for data.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.progress.is_interrupted.load(Ordering::Relaxed)
    }
}

impl Read for InputStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.text.read(buffer)
    }
}

/// Returns true if the text after the bracket is that of a list: an element that is an object, or nothing.
fn is_element_of_list(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), None | Some(b'{' | b']'))
}

/// Fails once, with the error that ended the head of a stream.
struct FailedReader(Option<io::Error>);

impl Read for FailedReader {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Reads until the head is full, or the stream ends, fails or waits.
fn read_head(stream: &mut DecompressedStream, head: &mut Vec<u8>) -> io::Result<()> {
    let mut part = [0; HEAD_BYTES];
    // A pipe may wait for more than its first line.
    while head.len() < 2 || (head.len() < max_head_bytes(head) && !head.contains(&b'\n')) {
        let room = HEAD_BYTES.min(max_head_bytes(head) - head.len());
        let room = part.get_mut(..room).unwrap_or_default();
        match stream.read(room) {
            Ok(0) => break,
            Ok(read) => head.extend_from_slice(part.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Returns the number of bytes by which a file with such a start is recognized. A record of Docker must be complete.
fn max_head_bytes(head: &[u8]) -> usize {
    if head.starts_with(b"{\"log\":\"") { MAX_DOCKER_RECORD } else { HEAD_BYTES }
}

/// Returns why a file with such a start cannot be read: it has several files.
fn archive_problem(head: &[u8]) -> Option<&'static str> {
    if head.get(257..262) == Some(b"ustar") {
        return Some("it is a tar archive of several files; extract them with tar -xf and import these");
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some("it is a zip archive; extract it with unzip and import the files in it");
    }
    head.starts_with(b"7z\xbc\xaf\x27\x1c")
        .then_some("it is a 7z archive; extract it with 7z x and import the files in it")
}

impl DecompressedStream {
    fn new(
        name: &str,
        raw: Box<dyn Read + Send>,
        progress: &Arc<ReadProgress>,
    ) -> io::Result<DecompressedStream> {
        let mut raw = CountingReader { inner: raw, progress: Arc::clone(progress) };
        let longest = Compression::ALL.map(|compression| compression.magic().len()).into_iter().max();
        let mut head = Vec::new();
        // A pipe may wait for more than its first bytes.
        while head.len() < longest.unwrap_or(0)
            && Compression::ALL.iter().any(|compression| compression.magic().starts_with(&head))
        {
            let read =
                raw.by_ref().take(1).read_to_end(&mut head).map_err(|error| with_name(name, &error))?;
            if read == 0 {
                break;
            }
        }
        let found = Compression::ALL.into_iter().find(|compression| head.starts_with(compression.magic()));
        let bytes = Cursor::new(head).chain(raw);
        let buffered = |bytes| BufReader::with_capacity(BUFFER_BYTES, bytes);
        let source = match found {
            None => Source::Plain(bytes),
            Some(Compression::Gzip) => Source::Gzip(Box::new(MultiGzDecoder::new(buffered(bytes)))),
            Some(Compression::Zstd) => {
                let decoder = zstd::Decoder::with_buffer(buffered(bytes));
                let decoder = decoder.map_err(|error| with_name(name, &error))?;
                Source::Other(Compression::Zstd, Box::new(decoder))
            }
            Some(Compression::Xz) => {
                let decoder = XzReader::new_mem_limit(buffered(bytes), true, MAX_XZ_MEMORY);
                Source::Other(Compression::Xz, Box::new(decoder))
            }
            Some(Compression::Bzip2) => {
                Source::Other(Compression::Bzip2, Box::new(MultiBzDecoder::new(buffered(bytes))))
            }
        };
        Ok(DecompressedStream { name: name.to_owned(), source, progress: Arc::clone(progress) })
    }

    fn explain(&mut self, error: &io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::WouldBlock {
            self.progress.is_interrupted.store(true, Ordering::Relaxed);
        }
        let name = &self.name;
        let after = self.progress.decoded_bytes.load(Ordering::Relaxed);
        // The decoder reports its own errors and those of the file with the same kinds, so the end of the file is checked.
        let is_corrupt = matches!(
            error.kind(),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other
        );
        let is_early = error.kind() == io::ErrorKind::UnexpectedEof;
        let (compression, is_truncated) = match &mut self.source {
            Source::Plain(_) => return with_name(name, error),
            Source::Gzip(gzip) => {
                let is_at_end = is_early && gzip.get_mut().fill_buf().is_ok_and(<[u8]>::is_empty);
                (Compression::Gzip, is_at_end)
            }
            Source::Other(compression, _) => (*compression, is_early),
        };
        let compression = compression.name();
        if is_truncated {
            let message = format!(
                "{name}: the {compression} data ends early after {after} bytes; get the complete file and import it again"
            );
            return io::Error::new(io::ErrorKind::UnexpectedEof, message);
        }
        if is_corrupt || is_early {
            let message = format!(
                "{name}: the {compression} data is damaged after {after} bytes ({error}); check it with {compression} -t"
            );
            return io::Error::new(io::ErrorKind::InvalidData, message);
        }
        with_name(name, error)
    }
}

impl Read for DecompressedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(MAX_DECODED_BYTES);
        let result = match &mut self.source {
            Source::Plain(plain) => plain.read(buffer),
            Source::Gzip(gzip) => gzip.read(buffer.get_mut(..length).unwrap_or_default()),
            Source::Other(_, decoder) => decoder.read(buffer.get_mut(..length).unwrap_or_default()),
        };
        match result {
            Ok(read) => {
                self.progress.decoded_bytes.fetch_add(read as u64, Ordering::Relaxed);
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
        self.progress.stored_bytes.fetch_add(read as u64, Ordering::Relaxed);
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

    #[test]
    fn every_compression_gives_the_same_bytes_and_names_its_damage() {
        let text = lines();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(&text).unwrap();
        let xz_options = lzma_rust2::XzOptions::with_preset(1);
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), xz_options).unwrap();
        xz.write_all(&text).unwrap();
        let packed = [
            ("zstd", zstd::encode_all(&text[..], 1).unwrap()),
            ("xz", xz.finish().unwrap()),
            ("bzip2", bzip2.finish().unwrap()),
        ];
        for (name, packed) in packed {
            let (all, error) = read_all(packed.clone());
            assert!(all == text && error.is_none(), "{name}: {error:?}");
            let (all, error) = read_all([packed.clone(), packed.clone()].concat());
            assert!(all.len() == 2 * text.len() && error.is_none(), "{name} twice: {error:?}");
            let (all, error) = read_all(packed[..packed.len() / 2].to_vec());
            let error = error.unwrap().to_string();
            assert!(text.starts_with(&all) && error.contains(&format!("the {name} data")), "{error}");
            let mut damaged = packed.clone();
            let middle = damaged.len() / 2;
            damaged[middle..middle + 64].fill(0xaa);
            let error = read_all(damaged).1.unwrap().to_string();
            assert!(error.contains(&format!("the {name} data")), "{error}");
        }
    }

    #[test]
    fn utf16_with_a_mark_is_read_as_utf8() {
        let text = "name,n\nzoë,1\n日本,2\n";
        let units: Vec<u16> = std::iter::once(0xfeff).chain(text.encode_utf16()).collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [little.clone(), big, gzip(&little)] {
            let (all, error) = read_all(bytes);
            assert!(error.is_none());
            assert_eq!(String::from_utf8(all).unwrap(), text);
        }
    }

    #[test]
    fn archive_is_refused_with_the_remedy() {
        let mut tar = vec![b'x'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (bytes, word) in
            [(tar.clone(), "tar -xf"), (gzip(&tar), "tar -xf"), (b"PK\x03\x04..".to_vec(), "unzip")]
        {
            let error = InputStream::new("x", Box::new(Cursor::new(bytes))).err().unwrap().to_string();
            assert!(error.starts_with("x: ") && error.contains(word), "{error}");
        }
    }
}
