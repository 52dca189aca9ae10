//! Amounts as Kubernetes writes them: `250m`, `1.5`, `64Mi`, `129e6`, `84523117n`.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

const KIBI: f64 = 1_024.0;
const MEBI: f64 = KIBI * KIBI;
const GIBI: f64 = MEBI * KIBI;

/// In cores or in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub(super) struct Quantity(f64);

impl Quantity {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-');
        let end = text.find(|c| !is_number(c)).unwrap_or(text.len());
        let (number, suffix) = text.split_at_checked(end)?;
        let number: f64 = number.parse().ok()?;
        Some(Self(number * scale(suffix)?)).filter(|it| it.0.is_finite())
    }

    pub(super) fn amount(self) -> f64 {
        self.0
    }

    /// Whole thousandths of a core, rounded up as `kubectl top` does: `250m`.
    pub(super) fn cpu(self) -> String {
        // A little less than nothing is nothing, and a sum of fractions may be a little more than it is.
        let millis = (self.0 * 1e3 - 1e-6).ceil() + 0.0;
        format!("{millis:.0}m")
    }

    /// `250m`, and `2` of whole cores.
    pub(super) fn cores(self) -> String {
        let millis = self.cpu();
        let whole = millis.strip_suffix("000m").filter(|it| !it.is_empty());
        whole.map(str::to_owned).unwrap_or(millis)
    }

    /// `64Mi`, from 10 Gi on in Gi; `kubectl top` rounds down too.
    pub(super) fn memory(self) -> String {
        match self.0 {
            small if small > 0.0 && small < MEBI => format!("{:.0}Ki", (small / KIBI).floor()),
            large if large >= 10.0 * GIBI => {
                let amount = format!("{:.1}", large / GIBI);
                format!("{}Gi", amount.trim_end_matches(".0"))
            }
            other => format!("{:.0}Mi", (other / MEBI).floor()),
        }
    }

    /// None of nothing.
    pub(super) fn percent_of(self, whole: Self) -> Option<String> {
        (whole.0 > 0.0).then(|| format!("{:.0}%", (self.0 / whole.0 * 100.0).floor()))
    }

    pub(super) fn is_zero(self) -> bool {
        self.0 == 0.0
    }

    pub(super) fn order(self, other: Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }

    /// Of what a kubelet counts in nanoseconds a second.
    pub(super) fn of_nanos(nanos: f64) -> Self {
        Self(nanos * 1e-9)
    }

    pub(super) fn of_bytes(bytes: f64) -> Self {
        Self(bytes)
    }
}

impl std::ops::Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::iter::Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), std::ops::Add::add)
    }
}

fn scale(suffix: &str) -> Option<f64> {
    let power = |base: f64, letter: &str| {
        let place = "kMGTPE".find(letter).or_else(|| "KMGTPE".find(letter))?;
        Some(base.powi(i32::try_from(place).ok()? + 1))
    };
    match suffix {
        "" => return Some(1.0),
        "n" => return Some(1e-9),
        "u" => return Some(1e-6),
        "m" => return Some(1e-3),
        _ if suffix.len() == 1 => return power(1e3, suffix).filter(|_| suffix != "K"),
        _ => {}
    }
    if let Some(letter) = suffix.strip_suffix('i') {
        return power(KIBI, letter).filter(|_| letter.len() == 1 && letter != "k");
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    Some(10_f64.powi(exponent.parse().ok()?))
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuantityVisitor)
    }
}

struct QuantityVisitor;

impl Visitor<'_> for QuantityVisitor {
    type Value = Quantity;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a quantity such as 250m or 64Mi")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Quantity, E> {
        Quantity::parse(text)
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Quantity, E> {
        Ok(Quantity(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Quantity, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Quantity, E> {
        self.visit_str(&number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_that_kubernetes_writes_is_read() {
        let cases = [
            ("250m", 0.25),
            ("2", 2.0),
            ("1.5", 1.5),
            ("84523117n", 0.084_523_117),
            ("12u", 12e-6),
            ("64Mi", 64.0 * MEBI),
            ("1.5Gi", 1.5 * GIBI),
            ("1Ki", KIBI),
            ("1k", 1e3),
            ("2G", 2e9),
            ("1E", 1e18),
            ("129e6", 129e6),
            ("1E3", 1e3),
            ("0", 0.0),
            ("-1", -1.0),
        ];
        for (text, expected) in cases {
            let read = Quantity::parse(text).unwrap_or_else(|| panic!("{text}")).0;
            assert!((read - expected).abs() <= expected.abs() * 1e-12, "{text}: {read}");
        }
        for text in ["", "m", "1x", "1Kib", "1K", "1ki", "e6", "1e", "1e999", "1.2.3", "Mi"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_are_written_as_kubectl_top_writes_them() {
        let cpu = |it: &str| Quantity::parse(it).unwrap().cpu();
        assert_eq!(
            [cpu("1"), cpu("84523117n"), cpu("250m"), cpu("0")],
            ["1000m", "85m", "250m", "0m"]
        );
        let cores = |it: &str| Quantity::parse(it).unwrap().cores();
        assert_eq!(
            [cores("4"), cores("0.25"), cores("64000m"), cores("0")],
            ["4", "250m", "64", "0m"]
        );
        let memory = |it: &str| Quantity::parse(it).unwrap().memory();
        assert_eq!(
            [memory("64Mi"), memory("100Ki"), memory("1.5Gi"), memory("32Gi"), memory("0")],
            ["64Mi", "100Ki", "1536Mi", "32Gi", "0Mi"]
        );
        let (half, whole) = (Quantity(0.999), Quantity(2.0));
        assert_eq!(half.percent_of(whole).as_deref(), Some("49%"));
        assert_eq!(half.percent_of(Quantity(0.0)), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange_to_be_read_or_refused(text in "\\PC{0,24}") {
            if let Some(quantity) = Quantity::parse(&text) {
                prop_assert!(quantity.0.is_finite());
            }
        }

        #[test]
        fn whole_millicores_come_out_as_they_went_in(millis in 0_u32..10_000_000) {
            let text = format!("{millis}m");
            prop_assert_eq!(Quantity::parse(&text).unwrap().cpu(), text);
        }
    }
}
