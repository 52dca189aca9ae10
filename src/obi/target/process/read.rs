//! From `/proc`, or from whatever looks like it.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    super::super::stat::{Stat, ticks},
    Container, Executable, Language, Process, Sockets, Tls,
    elf::Facts,
    sockets::Table,
};

/// How many processes are looked at; a host that is well has fewer.
const MOST_PROCESSES: usize = 32_768;
/// How many open files of one process are looked at.
const MOST_FILES: usize = 65_536;
/// How much of one file is read: a table of half a million sockets.
const MOST_BYTES: u64 = 64 << 20;

/// All processes, and how many more there are than are looked at.
#[derive(Debug, Default)]
pub struct Processes {
    pub read: Vec<Process>,
    pub left_out: usize,
}

impl Processes {
    /// Reads all that there are, by their pids. What ends meanwhile is left out.
    pub fn below(root: &Path) -> io::Result<Self> {
        let names = fs::read_dir(root)?.filter_map(|it| it.ok()?.file_name().into_string().ok());
        let mut pids: Vec<u32> = names.filter_map(|it| it.parse().ok()).collect();
        pids.sort_unstable();
        let mut reader = Reader::new(root);
        let read = pids.iter().take(MOST_PROCESSES).filter_map(|it| reader.process(*it).ok());
        Ok(Self { read: read.collect(), left_out: pids.len().saturating_sub(MOST_PROCESSES) })
    }
}

impl Process {
    /// The error is that there is no such process. What of it may not be read is told in its fields.
    pub fn read(root: &Path, pid: u32) -> io::Result<Self> {
        Reader::new(root).process(pid)
    }
}

struct Reader<'a> {
    root: &'a Path,
    /// How long the host has been up.
    uptime: Option<Duration>,
    /// The network of the first process.
    host_network: Option<String>,
    /// Sockets by the network that they are in.
    tables: HashMap<String, Table>,
    /// What files say, by where they are: many processes run the same one.
    files: HashMap<(u64, u64), Facts>,
}

impl<'a> Reader<'a> {
    fn new(root: &'a Path) -> Self {
        let uptime = text(&root.join("uptime")).ok();
        let uptime = uptime.and_then(|it| it.split_whitespace().next()?.parse().ok());
        let uptime = uptime.and_then(|it| Duration::try_from_secs_f64(it).ok());
        let host_network = link(&root.join("1/ns/net")).ok();
        Self { root, uptime, host_network, tables: HashMap::new(), files: HashMap::new() }
    }

    fn process(&mut self, pid: u32) -> io::Result<Process> {
        let directory = self.root.join(pid.to_string());
        let stat = text(&directory.join("stat"))?;
        let stat = Stat::parse(&stat).ok_or(io::ErrorKind::InvalidData)?;
        let network = link(&directory.join("ns/net")).ok();
        let mut process = Process {
            pid,
            has_ended: stat.has_ended(),
            age: self.uptime.and_then(|it| it.checked_sub(ticks(stat.start))),
            executable: executable(&directory),
            arguments: words(&directory.join("cmdline")).unwrap_or_default().into_iter().collect(),
            container: text(&directory.join("cgroup")).ok().and_then(|it| Container::of(&it)),
            variables: variables(&directory),
            sockets: self.sockets(&directory, network.as_deref()),
            is_in_host_network: network
                .as_ref()
                .zip(self.host_network.as_ref())
                .map(|(a, b)| a == b),
            network,
            name: stat.name,
            parent: stat.parent,
            start: stat.start,
            ..Process::default()
        };
        self.add_language(&directory, &mut process);
        Ok(process)
    }

    fn sockets(&mut self, directory: &Path, network: Option<&str>) -> Sockets {
        let inodes = match inodes(&directory.join("fd")) {
            Ok(inodes) => inodes,
            Err(error) => {
                return Sockets { unreadable: Some(error.to_string()), ..Sockets::default() };
            }
        };
        if inodes.is_empty() {
            return Sockets::default();
        }
        match network {
            Some(network) => {
                let new = || table(&directory.join("net"));
                Sockets::of(&inodes, self.tables.entry(network.to_owned()).or_insert_with(new))
            }
            None => Sockets::of(&inodes, &table(&directory.join("net"))),
        }
    }

    fn add_language(&mut self, directory: &Path, process: &mut Process) {
        let Some(path) = process.executable.path().map(str::to_owned) else { return };
        let Ok(mapped) = mapped(directory) else { return };
        let nothing = Facts::default();
        let facts = self.facts(&directory.join("exe"), &path).unwrap_or(&nothing);
        process.language = Language::of(&mapped, facts, &path);
        process.go.clone_from(&facts.go);
        process.tls = Tls::of(&mapped);
    }

    /// Nothing of a file that is deleted, which OBI cannot open either.
    fn facts(&mut self, file: &Path, path: &str) -> Option<&Facts> {
        let about = fs::metadata(file).ok().filter(fs::Metadata::is_file)?;
        if path.ends_with(" (deleted)") {
            return None;
        }
        let read = || File::open(file).map(Facts::read).unwrap_or_default();
        Some(self.files.entry(identity(&about)).or_insert_with(read))
    }
}

#[cfg(unix)]
fn identity(file: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;

    (file.dev(), file.ino())
}

#[cfg(not(unix))]
fn identity(file: &fs::Metadata) -> (u64, u64) {
    (0, file.len())
}

fn executable(directory: &Path) -> Executable {
    match link(&directory.join("exe")) {
        Ok(path) => Executable::Path(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Executable::None,
        Err(error) => Executable::Unreadable(error.to_string()),
    }
}

/// Only names, and only of those that are OpenTelemetry's: everything else is nobody's business.
fn variables(directory: &Path) -> Vec<String> {
    let words = words(&directory.join("environ")).unwrap_or_default();
    let names = words.iter().filter_map(|it| it.split_once('=').map(|(name, _)| name));
    let mut names: Vec<String> =
        names.filter(|it| it.starts_with("OTEL_")).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The paths of all files that are mapped into it.
fn mapped(directory: &Path) -> io::Result<Vec<String>> {
    let maps = text(&directory.join("maps"))?;
    let paths = maps.lines().filter_map(|it| it.find('/').and_then(|at| it.get(at..)));
    let mut paths: Vec<String> = paths.map(str::to_owned).collect();
    paths.dedup();
    Ok(paths)
}

/// Of the sockets among its open files.
fn inodes(files: &Path) -> io::Result<Vec<u64>> {
    let links = fs::read_dir(files)?.take(MOST_FILES).filter_map(|it| link(&it.ok()?.path()).ok());
    Ok(links
        .filter_map(|it| it.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok())
        .collect())
}

fn table(net: &Path) -> Table {
    let mut table = Table::default();
    for (name, is_tcp) in [("tcp", true), ("tcp6", true), ("udp", false), ("udp6", false)] {
        table.add(is_tcp, &text(&net.join(name)).unwrap_or_default());
    }
    table
}

fn link(path: &Path) -> io::Result<String> {
    fs::read_link(path).map(PathBuf::into_os_string).map(|it| it.to_string_lossy().into_owned())
}

fn words(path: &Path) -> io::Result<Vec<String>> {
    let text = text(path)?;
    let text = text.trim_end_matches('\0');
    let words = text.split('\0').map(str::to_owned);
    Ok(if text.is_empty() { Vec::new() } else { words.collect() })
}

fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
