//! All of them, whole: `UPDATE_EXPECT=1` writes them anew, for a person to read.

use expect_test::expect_file;

use super::*;

#[test]
fn each_deployment_is_what_was_read_by_a_person() {
    for (name, arguments, ground) in variants() {
        let documents: Vec<String> =
            made(arguments, &ground).iter().map(crate::output::yaml::write).collect();
        let text: Vec<&str> = documents.iter().map(|it| it.trim_end()).collect();
        let path = format!(
            "{}/src/toolsets/kubernetes/obi/objects/tests/goldens/{name}.yaml",
            env!("CARGO_MANIFEST_DIR")
        );
        expect_file![path].assert_eq(&format!("{}\n", text.join("\n---\n")));
    }
}
