//! When a client certificate ends: the API server itself says no more than "Unauthorized".

use std::fs;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use kube::config::AuthInfo;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The end of the user's client certificate, if it has one that can be read. Blocks on the file system.
pub(super) fn end(user: &AuthInfo) -> Option<Timestamp> {
    let pem = match (&user.client_certificate_data, &user.client_certificate) {
        (Some(data), _) => BASE64_STANDARD.decode(data).ok()?,
        (None, Some(path)) => fs::read(path).ok()?,
        (None, None) => return None,
    };
    end_of_pem(&String::from_utf8_lossy(&pem))
}

/// Of the first certificate, which is the client's own.
fn end_of_pem(pem: &str) -> Option<Timestamp> {
    let (_, after) = pem.split_once(BEGIN)?;
    let (body, _) = after.split_once(END)?;
    let body: String = body.split_whitespace().collect();
    end_of_der(&BASE64_STANDARD.decode(body).ok()?)
}

/// Walks to `notAfter`, by RFC 5280, section 4.1.
fn end_of_der(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(der)?;
    let (_, mut fields, _) = element(certificate)?;
    let (first, _, after_version) = element(fields)?;
    if first == EXPLICIT_VERSION {
        fields = after_version;
    }
    // Serial number, signature algorithm, issuer.
    for _ in 0..3 {
        fields = element(fields)?.2;
    }
    let (_, validity, _) = element(fields)?;
    let (_, _, not_after) = element(validity)?;
    let (tag, text, _) = element(not_after)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

const EXPLICIT_VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;

/// Tag, content and what follows of one DER element.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = bytes.iter().try_fold(0_usize, |length, byte| {
            length.checked_mul(256)?.checked_add(usize::from(*byte))
        })?;
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `261126105700Z` until 2049, `20491126105700Z` after it.
fn time(tag: u8, text: &str) -> Option<Timestamp> {
    let century = match (tag, text.get(..2)?) {
        (UTC_TIME, year) if year < "50" => "20",
        (UTC_TIME, _) => "19",
        _ => "",
    };
    let time = DateTime::strptime("%Y%m%d%H%M%SZ", format!("{century}{text}")).ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UNTIL_2026: &str = "-----BEGIN CERTIFICATE-----\n\
        MIIBcjCCARmgAwIBAgIUI8Ovm45DpC6Bo0LqOd8HPDePGrEwCgYIKoZIzj0EAwIw\n\
        DzENMAsGA1UEAwwEamFuZTAeFw0yNjExMjUxMDU3NTlaFw0yNjExMjYxMDU3NTla\n\
        MA8xDTALBgNVBAMMBGphbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASxdAzR\n\
        gNIL2oQ0bWzWkIskbvstp/wJ63SWUv8wibgO8OwafJvG5rXpppDOxekK0ur1C/7M\n\
        RHG2ABCxIoup2i7bo1MwUTAdBgNVHQ4EFgQUKfpvTiLOGrgMSMQwSIF0WtdZrsQw\n\
        HwYDVR0jBBgwFoAUKfpvTiLOGrgMSMQwSIF0WtdZrsQwDwYDVR0TAQH/BAUwAwEB\n\
        /zAKBggqhkjOPQQDAgNHADBEAiB/zreAXiONC5DHOqbP29h5hsiEIuqTia6pGcYg\n\
        9CxhNQIgd7qjJ9eLtOC1M92EqgWV7EkIcH8RybnlyjnEXv/y6qI=\n\
        -----END CERTIFICATE-----";
    const UNTIL_2126: &str = "-----BEGIN CERTIFICATE-----\n\
        MIIBdTCCARugAwIBAgIUA8oDvwg0ctb5tM/yybVpEgE71NcwCgYIKoZIzj0EAwIw\n\
        DzENMAsGA1UEAwwEamFuZTAgFw0yNjExMjUxMDU3NTlaGA8yMTI2MTEwMTEwNTc1\n\
        OVowDzENMAsGA1UEAwwEamFuZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABBOH\n\
        vhMQ8pScXYlsJ25zxztkcjafWHAtRuKuKdHcoZSBoRYK5dFvTJlScDnl3QfbWTNF\n\
        NKww/jNQU5WNRWo6qZmjUzBRMB0GA1UdDgQWBBRb0bSMGUrz5dnJbAVXESBLmORp\n\
        EDAfBgNVHSMEGDAWgBRb0bSMGUrz5dnJbAVXESBLmORpEDAPBgNVHRMBAf8EBTAD\n\
        AQH/MAoGCCqGSM49BAMCA0gAMEUCIQDUUhDNcwdGiuAanl16owOxskvctHORU13N\n\
        bMttetSNeAIgKDFlmS04+x8e/1dW6JbYk+N1I8h+RQNN39CKK1OxjVo=\n\
        -----END CERTIFICATE-----";

    #[test]
    fn the_end_is_read_in_both_notations() {
        assert_eq!(end_of_pem(UNTIL_2026).unwrap().to_string(), "2026-11-26T10:57:59Z");
        assert_eq!(end_of_pem(UNTIL_2126).unwrap().to_string(), "2126-11-01T10:57:59Z");
    }

    #[test]
    fn the_data_in_a_kubeconfig_is_the_pem_once_more_in_base64() {
        let data = BASE64_STANDARD.encode(UNTIL_2026);
        let user = AuthInfo { client_certificate_data: Some(data), ..AuthInfo::default() };
        assert_eq!(end(&user), end_of_pem(UNTIL_2026));
        assert_eq!(end(&AuthInfo::default()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = end_of_der(&bytes);
        }
    }
}
