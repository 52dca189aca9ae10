//! As they are: `kubectl apply --server-side -f .`

use super::{File, Written, file_name, namespace, of};
use crate::{obi::plan::Plan, toolsets::kubernetes::obi::wanted::Wanted};

const MANAGER: &str = "kubectl";

pub(super) fn written(wanted: &Wanted, plan: &Plan) -> Written {
    let objects = of(MANAGER, wanted, plan);
    // The files of a folder are applied in the order of their names.
    let mut files = vec![File::yaml("00-namespace.yaml", &namespace(wanted, MANAGER))];
    files.extend(objects.iter().map(|it| File::yaml(file_name(it), it)));
    let mut notes = vec!["kubectl apply --server-side -f .".to_owned()];
    if wanted.monitor {
        notes.push(
            "servicemonitor.yaml is for the Prometheus operator: leave it out where there is none"
                .to_owned(),
        );
    }
    Written { files, notes }
}
