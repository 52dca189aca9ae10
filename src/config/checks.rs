//! What a schema cannot say: doubles, keys that exclude each other, and what is dangerous only together.

use std::{collections::HashMap, net::SocketAddr};

use super::{Environment, Server, Variable, problem::Problem, schema::Shape};
use crate::tree::{Content, Node, Step, Steps};

/// A key that stands twice in its section.
pub(super) fn doubles(tree: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    tree.walk(&mut Vec::new(), &mut |steps, node| {
        let mut lines = HashMap::new();
        for (key, _) in node.entries() {
            if let Some(first) = lines.insert(&key.name, key.place.line) {
                let steps = [steps, &[Step::Key(key.name.clone())]].concat();
                let message = format!("{} is written twice, first on line {first}", Steps(&steps));
                problems.push(Problem::at(key.place, message));
            }
        }
    });
    problems
}

/// `${` where no secret is expected: the text would be taken as it stands, which nobody who writes it means.
/// OBI's own section is left alone, since OBI reads the environment itself.
pub(super) fn misplaced_references(tree: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    tree.walk(&mut Vec::new(), &mut |steps, node| {
        let Some(shape) = Shape::root().at(steps) else { return };
        if !shape.is_secret() && node.text().is_some_and(|it| it.contains("${")) {
            let message = "environment variables stand for secrets only (server.tokens[].value); write the value itself";
            problems.push(Problem::about(tree, steps, message));
        }
    });
    problems
}

/// References to secrets that the environment does not have.
pub(super) fn unset_variables(tree: &Node, environment: &Environment) -> Vec<Problem> {
    let mut problems = Vec::new();
    tree.walk(&mut Vec::new(), &mut |steps, node| {
        let secret = Shape::root().at(steps).is_some_and(Shape::is_secret);
        let variable = node.text().and_then(|it| it.parse::<Variable>().ok());
        let Some(variable) = variable.filter(|_| secret) else { return };
        if environment.secret(&variable).is_none() {
            let message = format!("the environment variable {} is not set", variable.name());
            problems.push(Problem::about(tree, steps, message));
        }
    });
    problems
}

pub(super) fn server(tree: &Node) -> Vec<Problem> {
    let Some(server) = tree.get("server") else { return Vec::new() };
    let mut problems = tokens(tree, server);
    problems.extend(exposure(tree, server));
    problems
}

fn exposure(tree: &Node, server: &Node) -> Option<Problem> {
    let address: SocketAddr = server.get("http")?.text()?.parse().ok()?;
    let tokens = server
        .get("tokens")
        .is_some_and(|it| !matches!(&it.content, Content::List(items) if items.is_empty()));
    let allowed = server
        .get("allow_unauthenticated")
        .is_some_and(|it| matches!(it.content, Content::Bool(true)));
    let kubernetes = server.get("auth").and_then(|it| it.get("kubernetes")?.get("enabled"));
    let reviewed = kubernetes.is_some_and(|it| matches!(it.content, Content::Bool(true)));
    let open = Server { allow_unauthenticated: allowed || tokens || reviewed, ..Server::default() };
    open.exposes(address).then(|| {
        let message = format!(
            "{address} lets other machines in without asking who they are: add server.tokens or server.auth, listen on 127.0.0.1, or set server.allow_unauthenticated to true"
        );
        Problem::about(tree, &Step::keys(&["server", "http"]), message)
    })
}

fn tokens(tree: &Node, server: &Node) -> Vec<Problem> {
    let tokens = server.get("tokens").map(Node::items).unwrap_or_default();
    let mut problems = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let mut place = Step::keys(&["server", "tokens"]);
        place.push(Step::Index(index));
        let before = tokens.iter().take(index);
        problems.extend(source(tree, &place, token));
        problems.extend(shared(tree, &place, token, &before.collect::<Vec<_>>()));
    }
    problems
}

/// Two holders cannot be told apart by one name, nor by one token.
fn shared(tree: &Node, place: &[Step], token: &Node, before: &[&Node]) -> Vec<Problem> {
    let problem = |key: &str| {
        let text = token.get(key)?.text()?;
        let same = |it: &&Node| it.get(key).and_then(Node::text) == Some(text);
        let first = before.iter().position(same)?;
        let place = [place, &[Step::Key(key.to_owned())]].concat();
        Some(Problem::about(tree, &place, format!("the same as in server.tokens[{first}]")))
    };
    ["name", "file", "value"].into_iter().filter_map(problem).collect()
}

/// A token is in exactly one place.
fn source(tree: &Node, place: &[Step], token: &Node) -> Option<Problem> {
    if !matches!(token.content, Content::Fields(_)) {
        return None;
    }
    let given = |key: &str| token.get(key).is_some_and(|it| !it.is_null());
    let message = match (given("file"), given("value")) {
        (true, true) => "file and value are given, and only one can be: remove one",
        (false, false) => "the token itself is missing: give file, or value: ${NAME}",
        _ => return None,
    };
    Some(Problem::about(tree, place, message))
}
