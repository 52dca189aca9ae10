//! What is not only a matter of rules.

use super::*;

#[test]
fn a_container_is_told_by_its_network() {
    let selection = read(&instrument("containers_only: true, exe_path: '*'"));
    let of = |process: Process, is_in_host_network| {
        let choice = selection.choose(&Process { is_in_host_network, ..process });
        (choice.chosen, choice.doubts.is_empty())
    };
    assert_eq!(of(pod("shop"), Some(false)), (true, true));
    assert_eq!(of(pod("shop"), None), (true, true));
    assert_eq!(of(pod("shop"), Some(true)), (false, false));
    assert_eq!(of(shop(), Some(true)), (false, true));
    assert_eq!(of(shop(), Some(false)), (true, true));
    assert_eq!(of(shop(), None), (false, true));
}

#[test]
fn what_is_not_known_here_is_a_doubt_and_never_a_no_without_one() {
    let in_pod = Process { container: Some(container()), ..shop() };
    let choice = read(&instrument("k8s_namespace: shop")).choose(&in_pod);
    assert!(!choice.chosen);
    assert!(choice.doubts.iter().any(|it| it.contains("discovery.instrument[0]")), "{choice:?}");
    // Chosen by its path, it may be in a namespace that is left out.
    let choice = read(&instrument("exe_path: '*'")).choose(&in_pod);
    assert!(choice.chosen && choice.doubts.len() == 1, "{choice:?}");
    let hidden = Process { executable: Executable::Unreadable("denied".to_owned()), ..shop() };
    let choice = read(&instrument("exe_path: '*/shop'")).choose(&hidden);
    assert!(!choice.chosen && choice.doubts.iter().any(|it| it.contains("denied")), "{choice:?}");
    assert!(read(&instrument("open_ports: 8080")).choose(&shop()).doubts.is_empty());
}

#[test]
fn what_a_glob_means_and_obis_library_gets_wrong_is_a_doubt() {
    let of = |glob: &str| {
        read(&instrument(&format!("exe_path: '{glob}'"))).choose(&at("/usr/bin/java17"))
    };
    let choice = of("*/{java*,node}");
    assert!(!choice.chosen && choice.doubts.len() == 1, "{choice:?}");
    let choice = of("*/{node,java*}");
    assert!(choice.chosen && choice.doubts.is_empty(), "{choice:?}");
}

#[test]
fn what_has_nothing_to_look_into_is_not_chosen() {
    let selection = read(&instrument("exe_path: '*'"));
    let thread = Process { executable: Executable::None, language: Language::Unknown, ..shop() };
    let choice = read(&instrument("languages: go")).choose(&thread);
    assert_eq!(choice, Choice::default(), "there is nothing to doubt about a thread of the kernel");
    let ended = Process { has_ended: true, ..shop() };
    for process in [thread, ended] {
        let choice = selection.choose(&process);
        assert!(!choice.chosen && choice.by.is_some() && choice.doubts.len() == 1, "{choice:?}");
    }
}

#[test]
fn a_young_process_without_a_port_is_looked_at_later() {
    let young =
        Process { age: Some(Duration::from_secs(2)), sockets: Sockets::default(), ..shop() };
    let of = |more: &str| {
        let text = format!("discovery: {{instrument: [{{exe_path: '*/shop'}}]{more}}}");
        read(&text).choose(&young).doubts.len()
    };
    assert_eq!(of(""), 1);
    assert_eq!(of(", min_process_age: 1s"), 0);
    let listening = Process { age: Some(Duration::from_secs(2)), ..shop() };
    assert!(read(&instrument("exe_path: '*/shop'")).choose(&listening).doubts.is_empty());
}

#[test]
fn a_child_that_meets_no_rule_is_chosen_with_its_parent_unless_it_is_left_out() {
    let text = "discovery:
  instrument: [{open_ports: '8080'}]
  exclude_instrument: [{exe_path: '*/helper'}]
";
    let none =
        |pid, parent, path: &str| Process { pid, parent, sockets: Sockets::default(), ..at(path) };
    let processes = [
        none(703, 702, "/srv/grandchild"),
        none(702, 700, "/srv/child"),
        shop(),
        none(704, 700, "/srv/helper"),
        none(705, 704, "/srv/child-of-helper"),
        none(706, 1, "/srv/stranger"),
    ];
    let selection = read(text);
    let previews = preview(&selection, &processes);
    let told: Vec<(u32, bool, Option<u32>)> = previews
        .iter()
        .map(|it| (it.process.pid, it.choice.chosen, it.choice.with_parent))
        .collect();
    let expected = [
        (703, true, Some(702)),
        (702, true, Some(700)),
        (700, true, None),
        (704, false, None),
        (705, false, None),
        (706, false, None),
    ];
    assert_eq!(told, expected);
    assert_eq!(previews[0].choice.by.as_ref().unwrap().path, "discovery.instrument[0]");
    assert!(!previews[0].choice.doubts.is_empty());
}

#[test]
fn a_process_that_is_its_own_parent_comes_to_an_end() {
    let selection = read(&instrument("exe_path: '*'"));
    let processes = [Process { parent: 700, ..shop() }, Process { pid: 1, parent: 700, ..shop() }];
    assert_eq!(preview(&selection, &processes).len(), 2);
}

#[test]
fn a_container_of_docker_is_in_no_namespace() {
    let docker = Container { id: "ab".repeat(32), maker: Maker::Docker };
    let process = Process { container: Some(docker), ..shop() };
    let choice = read(&instrument("exe_path: '*'")).choose(&process);
    assert!(choice.chosen && choice.doubts.is_empty(), "{choice:?}");
    let choice = read(&instrument("container_name: web")).choose(&process);
    assert!(!choice.chosen && !choice.doubts.is_empty(), "{choice:?}");
}
