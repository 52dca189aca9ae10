//! Whether there is an OBI that this host can run.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use super::{Check, Outcome};

/// Where it is had.
const SOURCE: &str = "OBI is one file: take obi-vX.Y.Z-linux-amd64.tar.gz or …-arm64.tar.gz from \
    https://github.com/open-telemetry/opentelemetry-ebpf-instrumentation/releases";

/// Which file it is: another one in its place is told from it. Nothing where there is none.
pub fn fingerprint(path: &Path) -> String {
    let told =
        |it: fs::Metadata| format!("{:x}-{:x}-{}-{}", it.dev(), it.ino(), it.len(), it.mtime());
    fs::metadata(path).map(told).unwrap_or_default()
}

/// Bytes 4 to 19 of an ELF file say what it is for.
const HEAD: usize = 20;

/// Why a file is no OBI for this host, with what to do about it. Whether it is OBI at all, only running it shows.
pub fn unfit(path: &Path) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("OBI runs on Linux only".to_owned());
    }
    if !path.is_absolute() {
        return Some(format!("{}: the path of OBI has to begin with /", path.display()));
    }
    looked_at(path).err().map(|error| told(path, &error))
}

/// The same as something that was looked at before a start.
pub fn program(path: &Path) -> Check {
    let unfit = unfit(path);
    let outcome = Outcome::from(unfit.is_none());
    let found = unfit.unwrap_or_else(|| path.display().to_string());
    Check::new("program", outcome, found, "it is what runs", "")
}

fn looked_at(path: &Path) -> io::Result<()> {
    let about = fs::metadata(path)?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if about.permissions().mode() & 0o111 == 0 {
        return Err(io::Error::other("it is not executable: chmod +x it"));
    }
    let mut head = [0; HEAD];
    let is_read = File::open(path).and_then(|mut it| it.read_exact(&mut head));
    match is_read {
        Ok(()) => machine(&head).map_err(io::Error::other),
        // A program need not be readable to be run.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(io::Error::other("it is too short to be a program"))
        }
        Err(error) => Err(error),
    }
}

fn machine(head: &[u8; HEAD]) -> Result<(), String> {
    let [0x7f, b'E', b'L', b'F', _, order, .., low, high] = head else {
        return Err("it is no program that Linux can run (not ELF)".to_owned());
    };
    let number = match order {
        2 => u16::from_be_bytes([*low, *high]),
        _ => u16::from_le_bytes([*low, *high]),
    };
    let is_for = match number {
        0x3e => "x86_64",
        0xb7 => "aarch64",
        _ => "another architecture",
    };
    if is_for == std::env::consts::ARCH {
        return Ok(());
    }
    Err(format!("it is for {is_for}, and this host is {}", std::env::consts::ARCH))
}

fn told(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no OBI at {path}: {SOURCE}"),
        io::ErrorKind::IsADirectory => {
            format!("{path} is a directory: name the file in it")
        }
        io::ErrorKind::PermissionDenied => {
            format!("{path} cannot be reached by this user: {error}")
        }
        _ => format!("{path}: {error}: {SOURCE}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("obi");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    fn elf(machine: u16) -> Vec<u8> {
        let mut head = b"\x7fELF\x02\x01\x01".to_vec();
        head.resize(18, 0);
        head.extend(machine.to_le_bytes());
        head
    }

    #[test]
    fn a_program_for_this_host_is_fit() {
        assert_eq!(unfit(&std::env::current_exe().unwrap()), None);
    }

    #[test]
    fn what_cannot_be_run_is_told_with_the_reason() {
        let cases: [(&[u8], u32, &str); 5] = [
            (&elf(0xf3), 0o755, "it is for another architecture"),
            (b"#!/bin/sh\nexec obi \"$@\"\n", 0o755, "not ELF"),
            (b"", 0o755, "too short"),
            (b"text", 0o755, "too short"),
            (&elf(0x3e), 0o644, "chmod +x"),
        ];
        for (content, mode, why) in cases {
            let (_folder, path) = file(content, mode);
            let told = unfit(&path).unwrap();
            assert!(told.contains(why), "{told}");
        }
    }

    #[test]
    fn where_there_is_none_it_is_told_where_to_get_it() {
        let told = unfit(Path::new("/nowhere/obi")).unwrap();
        assert!(told.starts_with("there is no OBI at /nowhere/obi"), "{told}");
        assert!(told.contains("/releases"), "{told}");
        assert!(unfit(Path::new("/tmp")).unwrap().contains("is a directory"));
        assert!(unfit(Path::new("obi")).unwrap().contains("begin with /"));
    }
}
