//! What OBI itself answered: `tests/obi/runs.jsonl`.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Run {
    name: String,
    config: Option<String>,
    env: std::collections::BTreeMap<String, String>,
    stdout_tail: Vec<String>,
    stderr_tail: Vec<String>,
    running: Option<Running>,
}

#[derive(Deserialize)]
struct Running {
    alive_after_s: f64,
    healthz: Option<String>,
    internal_metrics: Option<String>,
    metrics: Option<String>,
}

/// The body, and the status in the last line; 000 where nobody answered.
fn answer(recorded: Option<&str>) -> Answer {
    match recorded.and_then(|it| it.rsplit_once('\n')) {
        None => Answer::NotAsked,
        Some((_, "000")) => Answer::None("connection refused".to_owned()),
        Some((body, status)) => {
            Answer::Some { status: status.parse().unwrap(), body: body.to_owned() }
        }
    }
}

impl Run {
    fn verdict(&self) -> Option<Verdict> {
        let running = self.running.as_ref()?;
        let log = [self.stdout_tail.join("\n"), self.stderr_tail.join("\n")].join("\n");
        let lines = lines(&log);
        let config = self.config.clone().unwrap_or_default();
        let environment = self.env.clone().into_iter().collect();
        let plan = plan(&config, &environment, Release::new(0, 11, 0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds")]
        let seconds = running.alive_after_s as u64 + 10;
        Some(verdict(&Evidence {
            life: Life::Running(Some(seconds)),
            healthz: answer(running.healthz.as_deref()),
            internal_metrics: answer(running.internal_metrics.as_deref()),
            prometheus: answer(running.metrics.as_deref()),
            lines: &lines,
            plan: plan.as_ref(),
        }))
    }
}

#[test]
fn every_recorded_run_is_judged() {
    let text = include_str!("../../../../tests/obi/runs.jsonl");
    let runs = text.lines().map(|it| serde_json::from_str::<Run>(it).unwrap());
    let judged: Vec<String> = runs
        .filter_map(|run| {
            let found = run.verdict()?;
            let version = found.version.clone().unwrap_or_default();
            Some(format!(
                "{}: {:?} {version} {}\n",
                run.name,
                found.state,
                names(&found).join(", ")
            ))
        })
        .collect();
    assert!(judged.len() > 30, "{}", judged.len());
    expect_test::expect_file!["runs.txt"].assert_eq(&judged.concat());
}
