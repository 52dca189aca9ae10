//! Any answer is metrics, as far as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tacklebox_fuzz::obi::health::{Answer, Evidence, Metrics, verdict};

fuzz_target!(|body: &str| {
    let _ = Metrics::read(body).is_of_obi();
    let answer = || Answer::Some { status: 200, body: body.to_owned() };
    let evidence =
        Evidence { healthz: answer(), internal_metrics: answer(), ..Evidence::default() };
    let _ = verdict(&evidence);
});
