//! What an executable file says about the language that it was written in.

use std::io::{self, Read, Seek, SeekFrom};

/// More than any real program has; a file that claims more is not believed.
const MOST_SECTIONS: usize = 4096;
/// How much of one section is looked at.
const MOST_BYTES: u64 = 32 << 20;

const SYMBOLS: u32 = 2;
const DYNAMIC_SYMBOLS: u32 = 11;
const FUNCTION: u8 = 2;

const SECTION_SIZE: usize = 64;
const SYMBOL_SIZE: usize = 24;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// By the section in which Go keeps its table of lines, as OBI tells it.
    pub(super) is_go: bool,
    pub(super) go: Option<String>,
    pub(super) is_rust: bool,
    /// Java that was compiled ahead of time.
    pub(super) is_native_java: bool,
}

impl Facts {
    /// Whatever is not an ELF file of 64 bits in the usual order says nothing.
    pub(super) fn read(file: impl Read + Seek) -> Self {
        File { file }.facts().unwrap_or_default()
    }
}

struct File<F> {
    file: F,
}

struct Section {
    name: usize,
    kind: u32,
    at: u64,
    size: u64,
    /// For symbols: the section of their names.
    link: usize,
}

impl<F: Read + Seek> File<F> {
    fn facts(&mut self) -> io::Result<Facts> {
        let sections = self.sections()?;
        let mut facts = Facts::default();
        for (name, section) in &sections {
            match name.as_str() {
                ".gopclntab" => facts.is_go = true,
                ".go.buildinfo" => facts.go = go_version(&self.bytes(section.at, 128)?),
                _ => {}
            }
        }
        if !facts.is_go {
            self.symbols(&sections, &mut facts)?;
        }
        Ok(facts)
    }

    fn sections(&mut self) -> io::Result<Vec<(String, Section)>> {
        let head = self.bytes(0, 64)?;
        if !head.starts_with(b"\x7fELF\x02\x01") {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let at = u64_at(&head, 40);
        let count = usize::from(u16_at(&head, 60)).min(MOST_SECTIONS);
        let table = self.bytes(at, (count * SECTION_SIZE) as u64)?;
        let sections: Vec<Section> = table.chunks_exact(SECTION_SIZE).map(section).collect();
        let names = match sections.get(usize::from(u16_at(&head, 62))) {
            Some(it) => self.bytes(it.at, it.size)?,
            None => Vec::new(),
        };
        Ok(sections.into_iter().map(|it| (text_at(&names, it.name).to_owned(), it)).collect())
    }

    /// The first name that tells decides, as it does for OBI.
    fn symbols(&mut self, sections: &[(String, Section)], facts: &mut Facts) -> io::Result<()> {
        let tables = sections.iter().filter(|it| [SYMBOLS, DYNAMIC_SYMBOLS].contains(&it.1.kind));
        for (_, table) in tables {
            let Some((_, names)) = sections.get(table.link) else { continue };
            let names = self.bytes(names.at, names.size)?;
            for symbol in self.bytes(table.at, table.size)?.chunks_exact(SYMBOL_SIZE) {
                let is_function = symbol.get(4).is_some_and(|it| it & 0xf == FUNCTION);
                if !is_function || u64_at(symbol, 8) == 0 || u64_at(symbol, 16) == 0 {
                    continue;
                }
                let name = text_at(&names, u32_at(symbol, 0) as usize);
                facts.is_rust = name.contains("rust_panic");
                facts.is_native_java = name.starts_with("JVM_") || name.starts_with("graal_");
                if facts.is_rust || facts.is_native_java {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn bytes(&mut self, at: u64, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(at))?;
        self.file.by_ref().take(size.min(MOST_BYTES)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn section(bytes: &[u8]) -> Section {
    Section {
        name: u32_at(bytes, 0) as usize,
        kind: u32_at(bytes, 4),
        at: u64_at(bytes, 24),
        size: u64_at(bytes, 32),
        link: u32_at(bytes, 40) as usize,
    }
}

/// Since Go 1.18 the version stands in the section itself; before that, only where it stands.
fn go_version(blob: &[u8]) -> Option<String> {
    let is_inline = blob.starts_with(b"\xff Go buildinf:") && blob.get(15)? & 2 != 0;
    let length = usize::from(*blob.get(32)?);
    let text = blob.get(33..33 + length)?;
    let text = std::str::from_utf8(text).ok()?.strip_prefix("go")?;
    is_inline.then(|| text.to_owned())
}

/// Zeros where there is nothing.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let found = bytes.get(at..).and_then(|it| it.first_chunk::<N>());
    found.copied().unwrap_or([0; N])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(array(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

fn text_at(names: &[u8], at: usize) -> &str {
    let rest = names.get(at..).unwrap_or_default();
    let name = rest.split(|it| *it == 0).next().unwrap_or_default();
    std::str::from_utf8(name).unwrap_or_default()
}
