//! In whose name a request is.

use http::{HeaderName, Method, Request};

use super::Refusal;

/// The user in whose name an API server is asked.
pub(crate) const USER: HeaderName = HeaderName::from_static("impersonate-user");

/// The one thing that the server asks for itself: whether the cluster is there.
const PROBE: &str = "/version";

pub(super) fn admit<B>(is_required: bool, request: &Request<B>) -> Result<(), Refusal> {
    let path = request.uri().path();
    let is_probe = request.method() == Method::GET && path == PROBE;
    if !is_required || is_probe || is_in_one_name(request) {
        return Ok(());
    }
    Err(Refusal::Nobody(path.to_owned()))
}

fn is_in_one_name<B>(request: &Request<B>) -> bool {
    let mut names = request.headers().get_all(USER).iter();
    names.next().is_some_and(|it| !it.is_empty()) && names.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(path: &str, names: &[&str]) -> bool {
        let request = names.iter().fold(Request::get(path), |it, name| it.header(USER, *name));
        admit(true, &request.body(()).unwrap()).is_ok()
    }

    #[test]
    fn what_is_in_nobodys_name_or_in_several_stays_here_but_for_the_probe() {
        assert!(admits("/api/v1/pods", &["ann"]));
        assert!(admits("/version", &[]));
        for (path, names) in [
            ("/api/v1/pods", [].as_slice()),
            ("/api/v1/pods", &[""]),
            ("/api/v1/pods", &["ann", "ben"]),
            ("/apis", &[]),
            ("/version/", &[]),
        ] {
            assert!(!admits(path, names), "{path} {names:?}");
        }
        let review = Request::post("/version").body(()).unwrap();
        assert!(admit(true, &review).is_err() && admit(false, &review).is_ok());
    }
}
