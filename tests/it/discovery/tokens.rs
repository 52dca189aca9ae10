//! Tokens that were good once, or never, at the door of a deployed replica.

use std::fs;

use anyhow::{Context, Result};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use rcgen::{KeyPair, SigningKey as _};
use serde_json::{Value, json};
use tacklebox_cluster::in_network_namespace;

use super::deployment::{CONFIG_MAP, Deployment};

/// The same token with other claims, signed with that key as the API server signs.
fn resigned(token: &str, key: &KeyPair, change: impl FnOnce(&mut Value)) -> Result<String> {
    let mut parts = token.split('.');
    let header = parts.next().context("a header")?;
    let claims = BASE64.decode(parts.next().context("claims")?)?;
    let mut claims: Value = serde_json::from_slice(&claims)?;
    change(&mut claims);
    let signed = format!("{header}.{}", BASE64.encode(claims.to_string()));
    let signature = BASE64.encode(plain(&key.sign(signed.as_bytes())?)?);
    Ok(format!("{signed}.{signature}"))
}

/// The two numbers of an ECDSA signature as a token has them, 32 bytes each; they come in DER.
fn plain(der: &[u8]) -> Result<Vec<u8>> {
    let (first, rest) = number(der.get(2..).context("a sequence")?)?;
    let (second, _) = number(rest)?;
    Ok([first, second].concat())
}

fn number(der: &[u8]) -> Result<([u8; 32], &[u8])> {
    let length = usize::from(*der.get(1).context("a length")?);
    let (digits, rest) = der.get(2..).context("a number")?.split_at(length);
    let digits = digits.strip_prefix(&[0]).unwrap_or(digits);
    let mut number = [0; 32];
    number[32 - digits.len()..].copy_from_slice(digits);
    Ok((number, rest))
}

/// A token of an account that had every right, and is gone.
async fn of_nobody_any_more(deployment: &Deployment) -> Result<String> {
    let (cluster, namespace) = (&deployment.town.cluster, &deployment.namespace);
    let token = namespace.token("gone", &["tacklebox"]).await?;
    let account = format!("system:serviceaccount:{}:gone", namespace.name());
    let rule = format!("get configmaps {CONFIG_MAP}");
    cluster.grant(&account, namespace.name(), &[&rule]).await?;
    cluster.delete("serviceaccounts", namespace.name(), "gone").await?;
    let review = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
        "spec": { "token": token, "audiences": ["tacklebox"] },
    });
    let path = "/apis/authentication.k8s.io/v1/tokenreviews";
    // The API server itself hears of it a moment later.
    loop {
        let answer = cluster.request("POST", path, Some(&review)).await?.ok()?;
        if answer["status"]["authenticated"] != true {
            return Ok(token);
        }
    }
}

#[test]
fn only_a_token_that_is_good_now_opens_the_door() -> Result<()> {
    let name = "discovery::tokens::only_a_token_that_is_good_now_opens_the_door";
    in_network_namespace(name, async {
        let deployment = Deployment::apply().await?;
        let replica = deployment.start(0).await?;
        replica.ready().await?;
        let reader = deployment.reader().await?;
        let key = deployment.town.cluster.folder().join("pki/service-account.key");
        let key = KeyPair::from_pem(&fs::read_to_string(key)?)?;
        let now = jiff::Timestamp::now().as_second();
        let expired = |claims: &mut Value| {
            claims["nbf"] = (now - 7_200).into();
            claims["iat"] = (now - 7_200).into();
            claims["exp"] = (now - 3_600).into();
        };
        let tokens = [
            ("as it is", reader.clone()),
            ("signed again", resigned(&reader, &key, |_| {})?),
            ("expired", resigned(&reader, &key, expired)?),
            ("not good yet", resigned(&reader, &key, |it| it["nbf"] = (now + 3_600).into())?),
            ("for others", resigned(&reader, &key, |it| it["aud"] = json!(["others"]))?),
            ("for nobody", resigned(&reader, &key, |it| it["aud"] = json!([]))?),
            ("by another cluster", resigned(&reader, &KeyPair::generate()?, |_| {})?),
            ("of a deleted account", of_nobody_any_more(&deployment).await?),
            ("no token at all", "guess".to_owned()),
        ];
        let mut told = Vec::new();
        for (what, token) in tokens {
            told.push(format!("{what}: {}", replica.ask("/api/v1/toolset", &token).await?.0));
        }
        let expected = [
            "as it is: 200",
            "signed again: 200",
            "expired: 401",
            "not good yet: 401",
            "for others: 401",
            "for nobody: 401",
            "by another cluster: 401",
            "of a deleted account: 401",
            "no token at all: 401",
        ];
        assert_eq!(told, expected);
        Ok(())
    })
}
