//! Tells when files change: the configuration, kubeconfigs, tokens.

use std::{
    collections::BTreeSet,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval, timeout},
};

/// A writer that truncates and then writes is given this long to finish.
const QUIET: Duration = Duration::from_millis(100);
/// A writer that never stops is looked at all the same after so many quiet times.
const MOST_WAITS: usize = 20;
/// How often the files are looked at where the system does not tell of changes.
const POLL: Duration = Duration::from_secs(2);
/// How often they are looked at where it does: network file systems promise it and do not.
const SLOW_POLL: Duration = Duration::from_mins(1);

/// A receiver that sees a change each time the content of one of these files is other than before, appears or disappears.
///
/// Files may be replaced by renaming, and may be symbolic links whose target is swapped, as Kubernetes does with
/// mounted `ConfigMap`s and `Secret`s. Watching ends with the last receiver. Must be called within a Tokio runtime.
pub fn files(paths: impl IntoIterator<Item = PathBuf>) -> watch::Receiver<()> {
    let (sender, receiver) = watch::channel(());
    let contents = Contents::new(paths.into_iter().collect());
    let stirred = Arc::new(Notify::new());
    let watcher = watcher(&contents.paths, &stirred);
    tokio::spawn(follow(contents, watcher, stirred, sender));
    receiver
}

async fn follow(
    mut contents: Contents,
    watcher: Option<RecommendedWatcher>,
    stirred: Arc<Notify>,
    sender: watch::Sender<()>,
) {
    // The first tick comes at once, and sees what was written before the watch began.
    let mut poll = interval(if watcher.is_some() { SLOW_POLL } else { POLL });
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = sender.closed() => return,
            () = stirred.notified() => settle(&stirred).await,
            _ = poll.tick() => {}
        }
        if contents.have_changed() {
            sender.send_replace(());
        }
    }
}

/// Waits until nothing has stirred for a while.
async fn settle(stirred: &Notify) {
    for _ in 0..MOST_WAITS {
        if timeout(QUIET, stirred.notified()).await.is_err() {
            return;
        }
    }
}

/// Watches the directories rather than the files, which are replaced more often than they are written. None where that is not possible.
fn watcher(paths: &[PathBuf], stirred: &Arc<Notify>) -> Option<RecommendedWatcher> {
    let stirred = Arc::clone(stirred);
    let stir = move |event: notify::Result<Event>| {
        if event.as_ref().map_or(true, may_change) {
            stirred.notify_one();
        }
    };
    let watched = notify::recommended_watcher(stir).and_then(|mut watcher| {
        for directory in directories(paths) {
            watcher.watch(&directory, RecursiveMode::NonRecursive)?;
        }
        Ok(watcher)
    });
    watched.inspect_err(|error| tracing::debug!(%error, "files are polled, not watched")).ok()
}

/// Reading is told of as well, our own included: without this, looking at the files would never end.
fn may_change(event: &Event) -> bool {
    !event.kind.is_access()
}

/// Where the files are, and where the files are that they link to.
fn directories(paths: &[PathBuf]) -> BTreeSet<PathBuf> {
    let targets = paths.iter().filter_map(|it| fs::canonicalize(it).ok());
    let files = paths.iter().cloned().chain(targets);
    files.filter_map(|it| it.parent().map(directory)).collect()
}

/// A file without a directory is in the working directory.
fn directory(parent: &Path) -> PathBuf {
    if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() }
}

/// What the files held when they were last looked at: a hash each, so that no secret is kept.
struct Contents {
    paths: Vec<PathBuf>,
    hashes: Vec<Option<u64>>,
}

impl Contents {
    fn new(paths: Vec<PathBuf>) -> Self {
        let hashes = hashes(&paths);
        Self { paths, hashes }
    }

    fn have_changed(&mut self) -> bool {
        let before = std::mem::replace(&mut self.hashes, hashes(&self.paths));
        before != self.hashes
    }
}

fn hashes(paths: &[PathBuf]) -> Vec<Option<u64>> {
    let hash = |path: &PathBuf| {
        let mut hasher = DefaultHasher::new();
        fs::read(path).ok()?.hash(&mut hasher);
        Some(hasher.finish())
    };
    paths.iter().map(hash).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use notify::{
        EventKind,
        event::{AccessKind, AccessMode, ModifyKind},
    };
    use tempfile::TempDir;

    use super::*;

    struct World {
        directory: TempDir,
        changes: watch::Receiver<()>,
    }

    impl World {
        fn watching(name: &str, prepare: impl FnOnce(&Path)) -> Self {
            let directory = TempDir::new().unwrap();
            prepare(directory.path());
            let changes = files([directory.path().join(name)]);
            Self { directory, changes }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        async fn sees_a_change(&mut self) {
            let change = timeout(Duration::from_mins(1), self.changes.changed());
            change.await.expect("no change was told of").unwrap();
        }
    }

    #[tokio::test]
    async fn a_file_that_is_written_again_is_told_of() {
        let mut world = World::watching("a.yml", |it| fs::write(it.join("a.yml"), "1").unwrap());
        fs::write(world.path("a.yml"), "2").unwrap();
        world.sees_a_change().await;
    }

    #[tokio::test]
    async fn a_file_that_is_replaced_by_renaming_is_told_of_every_time() {
        let mut world = World::watching("a.yml", |it| fs::write(it.join("a.yml"), "1").unwrap());
        for content in ["2", "3"] {
            fs::write(world.path("new"), content).unwrap();
            fs::rename(world.path("new"), world.path("a.yml")).unwrap();
            world.sees_a_change().await;
        }
    }

    #[tokio::test]
    async fn a_config_map_that_is_swapped_is_told_of_every_time() {
        let version = |at: &Path, name: &str| {
            fs::create_dir(at.join(name)).unwrap();
            fs::write(at.join(name).join("a.yml"), name).unwrap();
        };
        let mut world = World::watching("a.yml", |at| {
            version(at, "..1");
            symlink("..1", at.join("..data")).unwrap();
            symlink("..data/a.yml", at.join("a.yml")).unwrap();
        });
        for name in ["..2", "..3"] {
            version(world.directory.path(), name);
            symlink(name, world.path("..data_tmp")).unwrap();
            fs::rename(world.path("..data_tmp"), world.path("..data")).unwrap();
            world.sees_a_change().await;
        }
    }

    #[tokio::test]
    async fn a_link_to_a_file_elsewhere_is_followed() {
        let elsewhere = TempDir::new().unwrap();
        let target = elsewhere.path().join("target");
        fs::write(&target, "1").unwrap();
        let mut world = World::watching("link", |it| symlink(&target, it.join("link")).unwrap());
        fs::write(&target, "2").unwrap();
        world.sees_a_change().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_in_a_directory_that_does_not_exist_yet_is_polled() {
        let mut world = World::watching("later/a.yml", |_| {});
        fs::create_dir(world.path("later")).unwrap();
        fs::write(world.path("later/a.yml"), "1").unwrap();
        world.sees_a_change().await;
    }

    #[tokio::test]
    async fn watching_ends_with_the_last_receiver() {
        let (sender, receiver) = watch::channel(());
        drop(receiver);
        follow(Contents::new(Vec::new()), None, Arc::default(), sender).await;
    }

    #[test]
    fn reading_a_file_does_not_lead_to_reading_it_again() {
        let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert!(!may_change(&Event::new(opened)));
        assert!(may_change(&Event::new(EventKind::Modify(ModifyKind::Any))));
        assert!(may_change(&Event::new(EventKind::Other)));
    }

    #[test]
    fn the_same_content_is_no_change() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("a.yml");
        fs::write(&path, "1").unwrap();
        let mut contents = Contents::new(vec![path.clone()]);
        fs::write(&path, "1").unwrap();
        assert!(!contents.have_changed());
        fs::remove_file(&path).unwrap();
        assert!(contents.have_changed());
    }
}
