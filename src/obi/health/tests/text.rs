use super::*;

#[test]
fn samples_are_read_with_their_labels_and_everything_else_is_left_out() {
    let metrics = Metrics::read(
        "# HELP a something\n# TYPE a counter\na{b=\"1\",c=\"x \\\"y\\\" \\\\ \\n}\"} 6\na 1.5 1700000000\n\nd{} +Inf\ne{b=\"1} 2\nf\n1g 2\nh{x=\"\"} 3 # {trace=\"z\"} 1\n# EOF\n",
    );
    let values: Vec<f64> = metrics.all("a").map(|it| it.value).collect();
    assert_eq!(values, [6.0, 1.5]);
    let first = metrics.all("a").next().unwrap();
    assert_eq!(first.label("c"), Some("x \"y\" \\ \n}"));
    assert_eq!(metrics.sum("a"), Some(7.5));
    assert_eq!(metrics.sum("d"), Some(f64::INFINITY));
    assert_eq!(metrics.sum("h"), Some(3.0));
    for name in ["e", "f", "g", "1g", "nothing"] {
        assert_eq!(metrics.sum(name), None, "{name}");
    }
}
