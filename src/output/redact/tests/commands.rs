//! Secrets on command lines: as one text, and as a list of arguments.

use serde_json::{Value, json};

use super::{PLANTED, assert_hidden, redactor, survives};

const LINES: &[&str] = &[
    "mysql -h db -u root -p@ shop",
    "mysqldump -uroot -p'@' shop",
    "mariadb -p @",
    "mongosh -u root -p @ admin",
    "mongodump --username bob -p=@",
    "sshpass -p @ ssh db",
    "sshpass -p'@' ssh db",
    "redis-cli -h cache -a @ ping",
    "valkey-cli -a @",
    "redis-server --requirepass @ --masterauth @",
    "curl -s -u bob:@ https://example.com",
    "curl --user bob:@ https://example.com",
    "curl --user=bob:@ https://example.com",
    "docker login -u bob -p @ registry.example.com",
    "docker login --username bob --password @ registry.example.com",
    "helm registry login -u bob -p @ registry.example.com",
    "sqlcmd -S db -U sa -P @",
    "ldapsearch -D cn=admin -w @",
    "app --token @ --verbose",
    "kubectl create secret generic db --from-literal=user=bob1 --from-literal=data=@",
    "kubectl create secret generic db --from-literal data=@",
    "7z x -p@ a.7z",
    "app --db-password=@ --verbose",
];

#[test]
fn a_command_line_hides_its_passwords() {
    let texts = |line: &str| {
        let line = line.replace('@', PLANTED);
        let elements = line.split(' ').map(|it| it.trim_matches('\''));
        let json = elements.clone().collect::<Value>().to_string();
        let spaced = json.replace("\",\"", "\", \"");
        let yaml = elements.collect::<Vec<_>>().join("\n- ");
        [format!("running {line}"), json, spaced, format!("command:\n- {yaml}\n"), line]
    };
    let redacted =
        LINES.iter().flat_map(|it| texts(it)).map(|it| redactor().text(&it).into_owned());
    let readable: Vec<_> = redacted.filter(|it| survives(PLANTED, it)).collect();
    assert!(readable.is_empty(), "{readable:#?}");
}

#[test]
fn a_list_of_arguments_hides_its_passwords() {
    for line in LINES {
        let line = line.replace('@', PLANTED);
        let words: Vec<_> = line.split(' ').map(|it| it.replace('\'', "")).collect();
        let (command, args) = words.split_first().unwrap();
        let within = [&["timeout".to_owned(), "5".to_owned()], words.as_slice()].concat();
        for container in [
            json!({"command": words}),
            json!({"command": [format!("/usr/bin/{command}")], "args": args}),
            json!({"args": within}),
            json!({"command": ["sh", "-c", line]}),
            json!({"steps": [words]}),
        ] {
            let mut pod = json!({"kind": "Pod", "spec": {"containers": [container]}});
            redactor().manifest(&mut pod);
            assert_hidden(PLANTED, &pod.to_string());
        }
    }
}

#[test]
fn what_looks_like_a_password_flag_and_is_none_stays_readable() {
    for line in [
        "psql -h db -p 5432 -U bob",
        "psql -h db -p 54321 Shop2Prod",
        "mysql -u root -p shop",
        "mysql -h db -P 3306 --protocol=tcp",
        "mkdir -p /var/lib/Data01",
        "ssh -p 2222 bob@db",
        "docker run -p 8080:80 nginx:1.27",
        "docker run -u 1000:1000 nginx:1.27",
        "curl -u bob https://example.com",
        "redis-server -p 6379 -a",
        "sshpass -e ssh db",
        "kubectl create configmap web --from-literal=color=Red01",
        "kubectl get pvc mysql-pvc my-mysql -p",
        "docker.io/library/mysql:8.4 -preview",
        "gh workflow --token ${{ secrets.X }}",
        "see --authentication-token-webhook\n# --authorization-mode=Webhook",
        "kubectl get pods -A -w Web2Frontend",
    ] {
        assert_eq!(redactor().text(line), line);
        let words: Vec<_> = line.split(' ').collect();
        let object = json!({"containers": [{"command": words}, {"command": &words[..1], "args": &words[1..]}]});
        let mut redacted = object.clone();
        redactor().manifest(&mut redacted);
        assert_eq!(redacted, object);
    }
}

#[test]
fn a_user_before_a_password_stays_readable() {
    let mut list = json!(["curl", "-u", format!("bob:{PLANTED}"), "https://example.com"]);
    redactor().value(&mut list);
    assert!(list[2].as_str().unwrap().starts_with("bob:[redacted 11 chars #"), "{list}");
    let mut list = json!(["mysql", format!("-p{PLANTED}"), "shop"]);
    redactor().value(&mut list);
    assert!(list[1].as_str().unwrap().starts_with("-p[redacted 11 chars #"), "{list}");
    let once = list.clone();
    redactor().value(&mut list);
    assert_eq!(list, once);
}
