use std::collections::BTreeSet;

use serde::Deserialize;

use super::*;

fn user(ambient: &[&str]) -> Rights {
    let ambient = ambient.iter().copied().collect();
    Rights { uid: Some(1000), ambient, bounding: Capabilities::all(), ..Rights::default() }
}

const NEEDED: [&str; 6] =
    ["BPF", "PERFMON", "NET_RAW", "SYS_PTRACE", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH"];

#[test]
fn a_user_without_rights_is_told_the_very_command() {
    let host =
        Host { rights: user(&[]), binary: Some(PathBuf::from("/opt/obi")), ..good("6.6.87") };
    let found = check(&host, &planned(APPLICATION), "capabilities");
    assert!(found.is_fatal());
    assert_eq!(
        found.fix,
        "sudo setcap cap_bpf,cap_checkpoint_restore,cap_dac_read_search,cap_sys_ptrace,cap_perfmon,cap_net_raw+ep /opt/obi, or start this program with sudo"
    );
}

#[test]
fn a_user_with_the_documented_capabilities_lacks_only_what_is_not_required() {
    let host = Host { rights: user(&NEEDED), ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["more-capabilities"]);
}

#[test]
fn a_binary_with_capabilities_of_its_own_is_as_good() {
    let of_binary = NEEDED.into_iter().collect();
    let host = Host { rights: Rights { of_binary, ..user(&[]) }, ..good("6.6.87") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["more-capabilities"]);
}

#[test]
fn root_without_capabilities_may_as_little_as_anybody() {
    let rights = Rights { uid: Some(0), ..Rights::default() };
    let host = Host { rights, ..good("6.6.87") };
    let found = check(&host, &planned(APPLICATION), "capabilities");
    assert!(found.is_fatal() && found.fix.contains("bounding set"), "{found:?}");
}

#[test]
fn the_one_for_all_is_enough_on_every_kernel() {
    for kernel in ["4.18.0-553.el8_10.x86_64", "5.8.0", "5.10.0", "6.6.87", "6.18.14"] {
        let mut host = Host { rights: user(&["SYS_ADMIN"]), ..good(kernel) };
        host.perf_event_paranoid = Some(4);
        host.system.is_of_rhel = true;
        let found = check(&host, &propagating(), "capabilities");
        assert_eq!(found.outcome, Outcome::Passed, "{kernel}: {found:?}");
    }
}

#[test]
fn before_kernel_5_11_one_more_is_needed() {
    for (kernel, expected) in [("5.10.0-28-amd64", true), ("5.11.0", false)] {
        let host = Host { rights: user(&NEEDED), ..good(kernel) };
        let found = check(&host, &planned(APPLICATION), "capabilities");
        assert_eq!(found.found.contains("CAP_SYS_RESOURCE"), expected, "{kernel}: {found:?}");
    }
}

#[test]
fn a_careful_distribution_is_told_with_its_sysctl() {
    let host =
        Host { rights: user(&NEEDED), perf_event_paranoid: Some(4), ..good("6.8.0-45-generic") };
    assert_eq!(failed(&host, &planned(APPLICATION)), ["capabilities!", "perf-event-paranoid!"]);
    let found = check(&host, &planned(APPLICATION), "perf-event-paranoid");
    assert_eq!(found.fix, "sudo sysctl kernel.perf_event_paranoid=2");
}

#[test]
fn capabilities_are_read_from_their_bits() {
    let known = Capabilities::from_mask("000001ffffffffff").unwrap();
    assert_eq!(known, Capabilities::all());
    let some = Capabilities::from_mask("000000c000080000").unwrap();
    assert_eq!(some, ["SYS_PTRACE", "PERFMON", "BPF"].into_iter().collect());
    assert_eq!(Capabilities::from_mask("what"), None);
}

#[derive(Deserialize)]
struct Run {
    name: String,
    config: Option<String>,
    prefix: Vec<String>,
    exit: Option<i32>,
    stdout_tail: Vec<String>,
}

impl Run {
    fn argument(&self, name: &str) -> Option<&str> {
        self.prefix.iter().find_map(|it| it.strip_prefix(name)?.strip_prefix('='))
    }

    /// What `setpriv` left of everything.
    fn rights(&self) -> Rights {
        let uid = self.argument("--reuid").map_or(Some(0), |it| it.parse().ok());
        let named = |text: &str, sign: char| -> Vec<String> {
            let words = text.split(',').filter_map(|it| it.strip_prefix(sign));
            words.map(str::to_ascii_uppercase).collect()
        };
        let bounds = self.argument("--bounding-set").unwrap_or_default();
        let (gone, kept) = (named(bounds, '-'), named(bounds, '+'));
        let all = ALL.into_iter();
        let left = all.filter(|it| {
            let is_gone = gone.iter().any(|gone| gone == it || gone == "ALL");
            !is_gone || kept.iter().any(|kept| kept == it)
        });
        let ambient = named(self.argument("--ambient-caps").unwrap_or_default(), '+');
        Rights {
            uid,
            bounding: left.collect(),
            ambient: ambient.iter().map(String::as_str).collect(),
            ..Rights::default()
        }
    }

    /// What OBI itself said that it lacks.
    fn lacking(&self) -> BTreeSet<String> {
        let said = self.stdout_tail.iter().find_map(|it| {
            it.split_once("the following capabilities are required: ")?.1.split('"').next()
        });
        said.unwrap_or_default().split(", ").map(str::to_owned).collect()
    }
}

const ALL: [&str; 9] = [
    "BPF",
    "PERFMON",
    "NET_RAW",
    "SYS_PTRACE",
    "CHECKPOINT_RESTORE",
    "DAC_READ_SEARCH",
    "NET_ADMIN",
    "SYS_RESOURCE",
    "SYS_ADMIN",
];

/// Told to be strict, OBI refused exactly where this does, for the same capabilities.
#[test]
fn what_obi_lacked_in_recorded_runs_is_what_is_found_missing() {
    let text = include_str!("../../../../tests/obi/runs.jsonl");
    let runs = text.lines().map(|it| serde_json::from_str::<Run>(it).unwrap());
    let is_strict =
        |it: &Run| it.config.as_deref().is_some_and(|it| it.starts_with("enforce_sys_caps: true"));
    let strict: Vec<Run> = runs.filter(is_strict).collect();
    assert!(strict.len() >= 8, "{}", strict.len());
    for run in strict {
        let host = Host { rights: run.rights(), ..good("6.18.44") };
        let found = check(&host, &planned(run.config.as_deref().unwrap()), "capabilities");
        assert_eq!(found.is_fatal(), run.exit == Some(255), "{}: {found:?}", run.name);
        if found.is_fatal() {
            let names = found.found.rsplit(" without ").next().unwrap();
            let names: BTreeSet<String> = names.split(", ").map(str::to_owned).collect();
            assert_eq!(names, run.lacking(), "{}", run.name);
        }
    }
}
