use super::*;
use QuantityUnit::{Cores, Mib};
use proptest::prelude::*;

fn nano(text: &str) -> i128 {
    Quantity::parse(text).unwrap_or_else(|_| panic!("{text}")).nano()
}

#[test]
fn every_spelling_has_its_value() {
    for (text, value) in [
        ("0.5", 500_000_000),
        ("500m", 500_000_000),
        (".5", 500_000_000),
        ("5.", 5 * NANO),
        ("+1", NANO),
        ("-2", -2 * NANO),
        ("100e-3", 100_000_000),
        ("1e3", 1000 * NANO),
        ("1E3", 1000 * NANO),
        ("1E", 10i128.pow(18) * NANO),
        ("12n", 12),
        ("7u", 7000),
        ("3k", 3000 * NANO),
        ("1.5Gi", 1_610_612_736 * NANO),
        ("4402341478400m", 4_402_341_478_400_000_000),
        ("4.1Gi", 4_402_341_478_400_000_000),
        ("0.1n", 1),
        ("9223372036854775808", CAP),
        ("99999999999999999999Ei", CAP),
        ("1e99999999999999999999", CAP),
        ("1e-99999999999999999999", 1),
        ("0e99", 0),
    ] {
        assert_eq!(nano(text), value, "{text}");
    }
    for bad in ["", " ", "1 ", "Mi", "1.2.3", "1mi", "1KB", "1e", "1e+", "0x10", "--1", "１", "1Gii", "m", "."] {
        assert!(Quantity::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_canonical_form_is_the_apiservers() {
    for (text, canonical) in [
        ("0.5", "500m"),
        ("1.0", "1"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("4.1Gi", "4402341478400m"),
        ("1000000", "1M"),
        ("1e3", "1e3"),
        ("10e3", "10e3"),
        ("100e-3", "100e-3"),
        ("0.5Ki", "512"),
        ("0", "0"),
        ("0Mi", "0"),
        ("1500n", "1500n"),
        ("12345k", "12345k"),
    ] {
        assert_eq!(Quantity::parse(text).unwrap().canonical(), canonical, "{text}");
    }
}

/// [W-38] [W-39] Cores as typed, MiB with decimals in bytes.
#[test]
fn a_bare_number_is_in_the_fields_unit() {
    for (text, unit, stored) in [
        ("0.25", Cores, "0.25"),
        ("500m", Cores, "500m"),
        ("300", Mib, "300Mi"),
        ("0300.0", Mib, "300Mi"),
        ("256.5", Mib, "268959744"),
        ("1.5Gi", Mib, "1.5Gi"),
        ("1e9", Mib, "1e9"),
        ("4402341478400m", Mib, "4402341478400m"),
    ] {
        assert_eq!(store(text, unit).unwrap(), stored, "{text}");
    }
    assert_eq!(read("256.5", Mib).unwrap(), Quantity::parse("268959744").unwrap());
    assert!(read("1", Cores).unwrap() < read("1001m", Cores).unwrap());
    assert!(read("1Gi", Mib).unwrap() == read("1024", Mib).unwrap());
}

#[test]
fn odd_spellings_are_shown_humanly() {
    for (stored, unit, shown) in [
        ("500m", Cores, "0.5"),
        ("100e-3", Cores, "0.1"),
        ("1e3", Cores, "1000"),
        ("1Gi", Mib, "1024"),
        ("268959744", Mib, "256.5"),
        ("4402341478400m", Mib, "4198.4"),
        ("1G", Mib, "1G"),
        ("1000000000", Mib, "1000000k"),
        ("odd", Mib, "odd"),
    ] {
        assert_eq!(show(stored, unit), shown, "{stored}");
    }
    assert_eq!(Quantity::parse("4402341478400m").unwrap().human(Mib), "4.1 GiB");
    assert_eq!(Quantity::parse("2500m").unwrap().human(Cores), "2.5");
}

fn quantity() -> impl Strategy<Value = String> {
    ("[0-9]{0,22}", "(\\.[0-9]{0,22})?", "(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m||k|M|G|T|P|E|e[+-]?[0-9]{1,3}|E[+-]?[0-9]{1,2})")
        .prop_map(|(whole, fraction, suffix)| format!("{whole}{fraction}{suffix}"))
}

proptest! {
    #[test]
    fn nothing_panics(text in ".{0,40}") {
        let _ = Quantity::parse(&text).map(|q| (q.canonical(), q.human(Mib), q.human(Cores)));
        for unit in [Cores, Mib] {
            let _ = (read(&text, unit), store(&text, unit), show(&text, unit));
        }
    }

    #[test]
    fn spellings_keep_the_value(text in quantity()) {
        if let Ok(quantity) = Quantity::parse(&text) {
            prop_assert_eq!(Quantity::parse(&quantity.canonical()).unwrap(), quantity);
            for unit in [Cores, Mib] {
                prop_assert_eq!(read(&show(&text, unit), unit).unwrap(), quantity, "{}", show(&text, unit));
                let typed = read(&text, unit).unwrap();
                let stored = Quantity::parse(&store(&text, unit).unwrap()).unwrap();
                // Whole bytes only: a part of a byte is rounded up.
                prop_assert!(stored.nano() - typed.nano() < NANO && stored >= typed);
            }
        }
    }
}
