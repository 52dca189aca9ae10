//! No secret leaves. Every kind of place where a cluster keeps secrets has one of its own, on a real control plane; every
//! tool, address and prompt that can show the place is asked in every shape of its answer, through the built program; and everything that the
//! program ever says is searched for every secret, in every form in which it would still be one.

mod ask;
mod door;
mod forms;
mod oracles;
mod plants;
mod readable;
mod reveal;
mod server;
mod surface;
mod table;

use tacklebox_cluster::Cluster;

use self::{
    door::Door,
    forms::Forms,
    surface::Surface,
    table::{Row, print},
};

#[tokio::test]
async fn no_secret_leaves_by_any_tool_address_or_prompt_in_any_shape() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("leaks").await.unwrap();
    let surfaces = plants::all();
    plants::plant(&surfaces, &namespace).await.unwrap();
    let mut door = Door::open(cluster.kubeconfig(), "", &[]);
    let mut asks: Vec<_> = surfaces.iter().flat_map(|it| ask::of(it, namespace.name())).collect();
    asks.extend(ask::of_all(namespace.name()));
    // Those that take a second take it together.
    asks.sort_by_key(|it| it.params["name"] == "kubernetes_wait");
    door.ask_all(&asks);
    let problems = problems(&surfaces, door);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Secrets that left, and whatever was not shown that should have been.
fn problems(surfaces: &[Surface], mut door: Door) -> Vec<String> {
    let misses = std::mem::take(&mut door.misses);
    let said = door.close();
    let rows: Vec<Row> = surfaces.iter().map(|it| searched(it, &said)).collect();
    print(&rows);
    let wrong = rows.iter().filter(|it| !it.leaks.is_empty() || it.shown == 0);
    wrong.map(ToString::to_string).chain(misses).collect()
}

/// Everything that was said is searched, not only what was asked about this surface.
fn searched(surface: &Surface, said: &[(String, String)]) -> Row {
    let forms = Forms::of(&surface.secret);
    let leaks = said.iter().filter_map(|(asked, text)| {
        let form = forms.within(text)?;
        Some(format!("{form} in {asked}"))
    });
    Row {
        surface: surface.name,
        shown: said.iter().filter(|it| it.1.contains(&surface.marker)).count(),
        searched: said.len(),
        leaks: leaks.collect(),
    }
}
