use std::fs;

use proptest::{collection::vec, prelude::*};

use super::*;

const FILES: [&str; 14] = [
    "proc/sys/kernel/osrelease",
    "proc/sys/kernel/perf_event_paranoid",
    "etc/os-release",
    "proc/self/mounts",
    "proc/self/status",
    "proc/meminfo",
    "proc/net/tcp",
    "proc/net/tcp6",
    "proc/net/route",
    "proc/net/ipv6_route",
    "sys/kernel/security/lockdown",
    "proc/12/comm",
    "proc/12/cmdline",
    "proc/999999999999/comm",
];

fn content() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "x y z 0A",
        "\n",
        "0100007F:24FA",
        " ",
        ":",
        "é",
        "0A",
        "CapEff:\t",
        "CapBnd:",
        "Uid:",
        "ID=",
        "\"",
        "[",
        "]",
        "6.6",
        "ffffffffffffffffffff",
        "MemAvailable:",
        "obi",
        "tracefs",
    ];
    prop_oneof![
        vec(proptest::sample::select(pieces.to_vec()), 0..12)
            .prop_map(|it| it.concat().into_bytes()),
        vec(any::<u8>(), 0..40),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_files_are_read_and_judged(contents in vec(content(), FILES.len())) {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in FILES.iter().zip(&contents) {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let host = Host::look(folder.path());
        prop_assert!(!preflight(&host, &propagating()).is_empty());
    }
}
