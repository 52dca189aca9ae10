use std::{fs, os::unix::fs::symlink, path::PathBuf, time::Duration};

use tempfile::TempDir;

use super::*;

/// A directory that looks like `/proc`, of a host that has been up for 1000 s.
struct Host(TempDir);

/// A process that is laid down in it.
struct Laid<'a> {
    host: &'a Host,
    pid: u32,
}

impl Host {
    fn new() -> Self {
        let host = Self(TempDir::new().unwrap());
        fs::write(host.0.path().join("uptime"), "1000.25 3000.00\n").unwrap();
        host
    }

    fn with(&self, pid: u32, name: &str, parent: u32, start: u64) -> Laid<'_> {
        let laid = Laid { host: self, pid };
        let zeros = "0 ".repeat(17);
        laid.file("stat", format!("{pid} ({name}) S {parent} {zeros}{start} 1 2 3\n"))
    }

    fn read(&self, pid: u32) -> Process {
        Process::read(self.0.path(), pid).unwrap()
    }
}

impl Laid<'_> {
    fn path(&self, name: &str) -> PathBuf {
        let path = self.host.0.path().join(self.pid.to_string()).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    fn link(self, name: &str, target: &str) -> Self {
        symlink(target, self.path(name)).unwrap();
        self
    }
}

const HEADING: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

fn socket(local: &str, remote: &str, state: &str, inode: u64) -> String {
    format!(
        "   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000  1000        0 {inode} 1 0\n"
    )
}

#[test]
fn a_process_is_read_with_its_names_its_parent_and_its_age() {
    let host = Host::new();
    host.with(7, "a (b) c", 3, 40_000)
        .link("exe", "/srv/shop/bin/shop")
        .file("cmdline", "/srv/shop/bin/shop\0--port\0\x008080\0")
        .link("ns/net", "net:[4026531840]")
        .file("cgroup", "0::/user.slice\n");
    let process = host.read(7);
    assert_eq!((process.pid, process.parent, process.name.as_str()), (7, 3, "a (b) c"));
    assert_eq!(process.executable, Executable::Path("/srv/shop/bin/shop".to_owned()));
    assert_eq!(process.start, 40_000);
    assert_eq!(process.age, Some(Duration::from_millis(600_250)));
    assert_eq!(process.network.as_deref(), Some("net:[4026531840]"));
    assert_eq!(process.container, None);
    assert_eq!(process.arguments.compared(), "--port 8080");
    assert!(!process.has_ended);
}

#[test]
fn the_network_of_the_host_is_that_of_the_first_process() {
    let host = Host::new();
    host.with(1, "init", 0, 1).link("ns/net", "net:[1]");
    host.with(7, "same", 1, 1).link("ns/net", "net:[1]");
    host.with(8, "other", 1, 1).link("ns/net", "net:[2]");
    host.with(9, "hidden", 1, 1);
    let of = |pid| host.read(pid).is_in_host_network;
    assert_eq!([of(1), of(7), of(8), of(9)], [Some(true), Some(true), Some(false), None]);
}

#[test]
fn what_has_no_executable_is_told_from_what_is_gone() {
    let host = Host::new();
    host.with(2, "kthreadd", 0, 1);
    assert_eq!(host.read(2).executable, Executable::None);
    let gone = Process::read(host.0.path(), 3).unwrap_err();
    assert_eq!(gone.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn an_executable_that_may_not_be_read_is_told_with_the_reason() {
    let host = Host::new();
    // No link, and so no more readable than one of another user.
    host.with(8, "shop", 1, 1).file("exe", "");
    let process = host.read(8);
    assert!(matches!(process.executable, Executable::Unreadable(why) if !why.is_empty()));
    assert_eq!(process.language, Language::Unknown);
}

#[test]
fn a_zombie_has_ended() {
    let host = Host::new();
    let zeros = "0 ".repeat(17);
    host.with(9, "gone", 1, 5).file("stat", format!("9 (gone) Z 1 {zeros}5 1 2\n"));
    assert!(host.read(9).has_ended);
}

#[test]
fn open_ports_are_the_near_ends_of_all_its_sockets_and_of_no_others() {
    let host = Host::new();
    let tcp = [
        HEADING.to_owned(),
        socket("00000000:1F90", "00000000:0000", "0A", 100),
        socket("0100007F:1F90", "0100007F:C350", "01", 101),
        socket("0100007F:C351", "0100007F:10DD", "01", 102),
        socket("00000000:0050", "00000000:0000", "0A", 999),
    ];
    let tcp6 = [socket(
        "00000000000000000000000000000000:2382",
        "00000000000000000000000000000000:0000",
        "0A",
        103,
    )];
    host.with(7, "shop", 1, 1)
        .link("ns/net", "net:[1]")
        .link("fd/0", "/dev/null")
        .link("fd/3", "socket:[100]")
        .link("fd/4", "socket:[101]")
        .link("fd/5", "socket:[102]")
        .link("fd/6", "socket:[103]")
        .link("fd/7", "socket:[104]")
        .file("net/tcp", tcp.concat())
        .file("net/tcp6", tcp6.concat())
        .file("net/udp", socket("00000000:1451", "00000000:0000", "07", 104));
    let sockets = host.read(7).sockets;
    assert_eq!(sockets.listening, [8080, 9090].into());
    assert_eq!(sockets.local, [5201, 8080, 9090, 50001].into());
    assert_eq!(sockets.remote, [50000, 4317].into());
    assert_eq!((sockets.served, sockets.unreadable), (1, None));
}

#[test]
fn ports_that_are_not_readable_are_told_apart_from_none() {
    let host = Host::new();
    host.with(7, "shop", 1, 1);
    assert!(host.read(7).sockets.unreadable.is_some());
    host.with(8, "shop", 1, 1).link("fd/0", "/dev/null");
    assert_eq!(host.read(8).sockets, Sockets::default());
}

#[test]
fn of_variables_only_the_names_of_opentelemetry_s_are_kept() {
    let host = Host::new();
    host.with(7, "shop", 1, 1).file(
        "environ",
        "PATH=/bin\0OTEL_SERVICE_NAME=shop\0DATABASE_PASSWORD=hunter2\0OTEL_EXPORTER_OTLP_HEADERS=key=hunter3\0",
    ).file("cmdline", "shop\0--password=hunter4\0");
    let process = host.read(7);
    assert_eq!(process.variables, ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_SERVICE_NAME"]);
    assert!(!format!("{process:?}").contains("hunter"), "{process:?}");
}

#[test]
fn the_container_is_told_by_the_control_group_in_each_of_its_forms() {
    let id = "cde6dfaf5007ed65aad2d6aed72af91b0f3d95813492f773286e29ae145d20f4";
    let table = [
        (format!("0::/kubepods/burstable/pod4a163a05/{id}\n"), Maker::Kubernetes),
        (
            format!(
                "1:name=systemd:/x\n0::/kubepods.slice/kubepods-pod7.slice/cri-containerd-{id}.scope\n"
            ),
            Maker::Kubernetes,
        ),
        (format!("0::/k8s.io/{id}\n"), Maker::Kubernetes),
        (format!("0::/system.slice/docker-{id}.scope\n"), Maker::Docker),
        (format!("0::/../{id}\n"), Maker::Unknown),
        (format!("0::/../../pode039/{id}\n"), Maker::Unknown),
    ];
    for (groups, maker) in table {
        let expected = Container { id: id.to_owned(), maker };
        assert_eq!(Container::of(&groups), Some(expected), "{groups}");
    }
    for groups in ["0::/\n", "0::/user.slice/user-0.slice\n", ""] {
        assert_eq!(Container::of(groups), None, "{groups}");
    }
}

#[test]
fn the_language_is_told_by_what_is_mapped() {
    let host = Host::new();
    let table = [
        ("/usr/lib/jvm/lib/server/libjvm.so", "/usr/bin/java", Language::Java),
        ("/usr/share/dotnet/libcoreclr.so", "/app/shop", Language::Dotnet),
        ("/usr/lib/libpython3.12.so.1.0", "/app/uwsgi", Language::Python),
        ("/usr/bin/python3.12", "/usr/bin/python3.12", Language::Python),
        ("/usr/bin/python3.12-config", "/app/x", Language::Generic),
        ("/usr/lib/libruby-3.2.so.3.2", "/app/puma", Language::Ruby),
        ("/usr/local/bin/ruby", "/usr/local/bin/ruby", Language::Ruby),
        ("/usr/local/bin/node", "/usr/local/bin/node", Language::Nodejs),
        ("/usr/bin/deno", "/usr/bin/deno", Language::Nodejs),
        ("/usr/bin/nodemon", "/app/x", Language::Generic),
        ("/app/php-fpm", "/app/php-fpm", Language::Php),
        ("/usr/lib/libstdc++.so.6.0", "/app/x", Language::Cpp),
        ("/usr/lib/libc.so.6", "/app/x", Language::Generic),
    ];
    for (pid, (mapped, path, expected)) in (100..).zip(table) {
        let maps = format!(
            "7f00-7f01 r-xp 00000000 08:01 42   {mapped}\n7ffd-7ffe rw-p 00000000 00:00 0   [stack]\n"
        );
        host.with(pid, "it", 1, 1).link("exe", &format!("/no/such{path}")).file("maps", maps);
        assert_eq!(host.read(pid).language, expected, "{mapped}");
    }
}

#[test]
fn encryption_is_seen_where_a_library_that_obi_knows_is_mapped() {
    let host = Host::new();
    for (pid, mapped, expected) in [
        (1, "/usr/lib/libssl.so.3", Tls::Seen),
        (2, "/app/libSystem.Security.Cryptography.Native.OpenSsl.so", Tls::Seen),
        (3, "/usr/lib/libgnutls.so.30", Tls::Unseen),
    ] {
        let maps = format!("7f00-7f01 r-xp 00000000 08:01 42   {mapped}\n");
        host.with(pid, "it", 1, 1).link("exe", "/no/such/shop").file("maps", maps);
        assert_eq!(host.read(pid).tls, expected, "{mapped}");
    }
}

/// A small ELF file with one section of that name and kind, one of names of symbols, and one of names of sections.
fn elf(section: &str, kind: u32, content: &[u8], symbols: &[u8]) -> Vec<u8> {
    let mut names = vec![0];
    let mut at = Vec::new();
    for name in [section, ".strtab", ".shstrtab"] {
        at.push(u32::try_from(names.len()).unwrap());
        names.extend(name.bytes().chain([0]));
    }
    let mut file = vec![0; 64];
    file[..6].copy_from_slice(b"\x7fELF\x02\x01");
    let mut headers = vec![0; 64];
    let contents = [(kind, content, 2_u32), (3, symbols, 0), (3, &names[..], 0)];
    for ((kind, content, link), name) in contents.into_iter().zip(at) {
        let mut header = vec![0; 64];
        header[0..4].copy_from_slice(&name.to_le_bytes());
        header[4..8].copy_from_slice(&kind.to_le_bytes());
        header[24..32].copy_from_slice(&(file.len() as u64).to_le_bytes());
        header[32..40].copy_from_slice(&(content.len() as u64).to_le_bytes());
        header[40..44].copy_from_slice(&link.to_le_bytes());
        file.extend(content);
        headers.extend(header);
    }
    let begin = file.len() as u64;
    file[40..48].copy_from_slice(&begin.to_le_bytes());
    file[60..62].copy_from_slice(&4_u16.to_le_bytes());
    file[62..64].copy_from_slice(&3_u16.to_le_bytes());
    file.extend(headers);
    file
}

/// A function with a place and a size, whose name begins at 1.
fn function() -> Vec<u8> {
    let mut symbol = vec![1, 0, 0, 0, 0x12, 0, 1, 0];
    symbol.extend(4096_u64.to_le_bytes());
    symbol.extend(16_u64.to_le_bytes());
    symbol
}

fn laid(host: &Host, pid: u32, file: &[u8]) -> Process {
    let path = host.0.path().join(format!("program-{pid}"));
    fs::write(&path, file).unwrap();
    // Whatever it is called, the file says more.
    let maps = "7f00-7f01 r-xp 00000000 08:01 42   /usr/bin/node\n";
    host.with(pid, "it", 1, 1).link("exe", path.to_str().unwrap()).file("maps", maps);
    host.read(pid)
}

#[test]
fn a_file_says_what_it_was_written_in_before_any_name_does() {
    let host = Host::new();
    assert_eq!(laid(&host, 1, &elf(".gopclntab", 1, b"", b"")).language, Language::Go);
    let rust = elf(".symtab", 2, &function(), b"\0rust_panic\0");
    assert_eq!(laid(&host, 2, &rust).language, Language::Rust);
    let native = elf(".dynsym", 11, &function(), b"\0graal_create_isolate\0");
    assert_eq!(laid(&host, 3, &native).language, Language::Java);
    let other = elf(".symtab", 2, &function(), b"\0main\0");
    assert_eq!(laid(&host, 4, &other).language, Language::Nodejs);
}

#[test]
fn the_version_of_go_is_read_from_the_file() {
    let mut blob = b"\xff Go buildinf:\x08\x02".to_vec();
    blob.resize(32, 0);
    blob.extend(b"\x08go1.22.1\x00");
    let host = Host::new();
    assert_eq!(laid(&host, 1, &elf(".go.buildinfo", 1, &blob, b"")).go.as_deref(), Some("1.22.1"));
    blob[15] = 0;
    assert_eq!(laid(&host, 2, &elf(".go.buildinfo", 1, &blob, b"")).go, None);
}

#[test]
fn a_file_that_lies_about_itself_says_nothing() {
    let host = Host::new();
    let whole = elf(".symtab", 2, &function(), b"\0rust_panic\0");
    for (pid, cut) in (1..).zip([0, 5, 63, 64, 100]) {
        let process = laid(&host, pid, &whole[..cut]);
        assert_eq!(process.language, Language::Nodejs, "{cut} bytes");
    }
    let mut lying = whole.clone();
    lying[40..48].copy_from_slice(&u64::MAX.to_le_bytes());
    assert_eq!(laid(&host, 50, &lying).language, Language::Nodejs);
    let mut lying = whole;
    lying[60..64].copy_from_slice(&[0xff; 4]);
    assert_eq!(laid(&host, 51, &lying).language, Language::Rust, "read as far as it goes");
}

#[test]
fn all_processes_are_read_in_order_and_what_is_none_is_left_out() {
    let host = Host::new();
    host.with(30, "c", 1, 1);
    host.with(4, "a", 1, 1);
    Laid { host: &host, pid: 5 }.file("cmdline", "vanishing\0");
    fs::create_dir(host.0.path().join("sys")).unwrap();
    let all = Processes::below(host.0.path()).unwrap();
    let pids: Vec<u32> = all.read.iter().map(|it| it.pid).collect();
    assert_eq!((pids, all.left_out), (vec![4, 30], 0));
    assert!(Processes::below(&host.0.path().join("none")).is_err());
}

#[test]
fn owners_are_told_by_their_kinds_and_the_last_is_the_top() {
    let metadata = Metadata::pod("shop", "shop-5d4-x")
        .owned_by(&[("ReplicaSet", "shop-5d4"), ("Deployment", "web")]);
    assert_eq!(metadata.get("k8s_namespace"), Some("shop"));
    assert_eq!(metadata.get("k8s_replicaset_name"), Some("shop-5d4"));
    assert_eq!(metadata.get("k8s_deployment_name"), Some("web"));
    assert_eq!(metadata.get("k8s_owner_name"), Some("web"));
    assert_eq!(Metadata::pod("shop", "lone").get("k8s_owner_name"), Some("lone"));
}

#[cfg(target_os = "linux")]
#[test]
fn this_very_process_is_found_with_the_port_that_it_opens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let process = Process::read(std::path::Path::new("/proc"), std::process::id()).unwrap();
    assert!(process.sockets.listening.contains(&port), "{process:?}");
    assert_ne!(process.language, Language::Unknown);
    let own = std::env::current_exe().unwrap();
    assert_eq!(process.executable.path(), own.to_str());
}
