use std::os::unix::fs::PermissionsExt;

use super::*;

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("obi"));
    (folder, store)
}

fn deployment(revision: u32) -> Deployment {
    Deployment {
        revision,
        binary: "/usr/local/bin/obi".into(),
        program: String::new(),
        digest: digest("trace_printer: text"),
        started: Timestamp::UNIX_EPOCH,
        unit: None,
        process: Birth::of(std::process::id()).ok(),
        ports: Ports::default(),
        log_from: 0,
        proven: true,
        end: None,
    }
}

#[test]
fn what_was_deployed_is_known_to_the_next_server() {
    let (_folder, store) = store();
    assert_eq!(store.deployment().unwrap(), None);
    let lock = store.lock().unwrap();
    store.save(&deployment(3), &lock).unwrap();
    assert_eq!(Store::new(store.folder.clone()).deployment().unwrap(), Some(deployment(3)));
}

#[test]
fn a_damaged_state_is_told_and_not_taken_for_none() {
    for text in ["", "{\"revision\": 1", "[]", "{\"revision\": 1, \"other\": 2}"] {
        let (_folder, store) = store();
        store.prepare().unwrap();
        fs::write(store.folder.join(STATE), text).unwrap();
        let error = store.deployment().unwrap_err().to_string();
        assert!(error.contains("nothing is touched"), "{error}");
    }
}

#[test]
fn damaged_variables_are_told_without_what_stands_in_them() {
    let (_folder, store) = store();
    let lock = store.lock().unwrap();
    store.keep("a: 1", &Variables::new(), None, &lock).unwrap();
    fs::write(store.folder.join("history/0001.env.json"), "{\"TOKEN\": s3cret}").unwrap();
    let error = store.variables(1).unwrap_err().to_string();
    assert!(error.contains("0001.env.json") && !error.contains("s3cret"), "{error}");
}

#[test]
fn the_newest_configuration_is_kept_once_and_with_its_variables() {
    let (_folder, store) = store();
    let lock = store.lock().unwrap();
    let variables = Variables::from([("OTEL_X".to_owned(), "y".to_owned())]);
    assert_eq!(store.keep("a: 1", &variables, None, &lock).unwrap(), (1, true));
    assert_eq!(store.keep("a: 1", &variables, None, &lock).unwrap(), (1, false));
    assert_eq!(store.keep("a: 1", &Variables::new(), None, &lock).unwrap(), (2, true));
    assert_eq!(store.variables(1).unwrap(), variables);
}

#[test]
fn only_one_changes_anything_and_the_other_hears_who_it_is() {
    let (_folder, store) = store();
    let held = store.lock().unwrap();
    let error = store.lock().err().unwrap().to_string();
    assert!(error.contains("this server is just changing OBI"), "{error}");
    drop(held);
    store.lock().unwrap();
}

#[test]
fn a_folder_in_which_others_may_write_is_not_used() {
    let (folder, _) = store();
    let open = folder.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let error = Store::new(open).lock().err().unwrap().to_string();
    assert!(error.contains("chmod go-w"), "{error}");
}

#[test]
fn nobody_else_reads_what_is_kept() {
    let (_folder, store) = store();
    let lock = store.lock().unwrap();
    store.save(&deployment(1), &lock).unwrap();
    store.keep("a: 1", &Variables::new(), None, &lock).unwrap();
    let mode = |it: &Path| fs::metadata(it).unwrap().permissions().mode() & 0o077;
    let variables = store.folder.join("history/0001.env.json");
    let all = [store.folder.clone(), store.folder.join(STATE), variables, store.path(1)];
    for path in all {
        assert_eq!(mode(&path), 0, "{}", path.display());
    }
}

#[test]
fn ten_configurations_are_kept_and_the_one_that_runs_whatever_its_age() {
    let (_folder, store) = store();
    let lock = store.lock().unwrap();
    for number in 1..=13 {
        let kept = store.keep(&format!("n: {number}"), &Variables::new(), Some(2), &lock);
        assert_eq!(kept.unwrap(), (number, true));
    }
    let numbers: Vec<u32> = store.revisions().iter().map(|it| it.number).collect();
    assert_eq!(numbers, [2, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    assert_eq!(store.configuration(2).unwrap(), "n: 2");
    let error = store.configuration(3).unwrap_err().to_string();
    assert!(error.contains("kept are 2, 5"), "{error}");
}

#[test]
fn a_write_that_fails_leaves_what_was_there() {
    let (_folder, store) = store();
    let lock = store.lock().unwrap();
    store.save(&deployment(1), &lock).unwrap();
    // Nothing can be written where a folder stands in the way.
    fs::create_dir(store.folder.join("state.json.new")).unwrap();
    let error = store.save(&deployment(2), &lock).unwrap_err().to_string();
    assert!(error.contains("cannot be written"), "{error}");
    assert_eq!(store.deployment().unwrap(), Some(deployment(1)));
}
