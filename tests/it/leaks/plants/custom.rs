//! Custom resources: fields, columns that their authors chose, and what the API server notes about them.

use crate::leaks::surface::Surface;

pub const DEFINITIONS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: vaults.leaks.example}
spec:
  group: leaks.example
  scope: Namespaced
  names: {plural: vaults, singular: vault, kind: Vault}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    selectableFields: [{jsonPath: .spec.password}]
    schema:
      openAPIV3Schema:
        type: object
        x-kubernetes-preserve-unknown-fields: true
        properties:
          spec:
            type: object
            x-kubernetes-preserve-unknown-fields: true
            properties:
              password: {type: string}
              apiTokens: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              users:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [token]
                items: {type: object, properties: {token: {type: string}, role: {type: string}}, required: [token]}
    additionalPrinterColumns:
    - {name: Value, type: string, jsonPath: .spec.password}
    - {name: Door, type: string, jsonPath: .spec.pinCode.passcode, description: What opens it}
    - {name: Setting, type: string, jsonPath: '.spec.settings[0].value'}
    - {name: Colour, type: string, jsonPath: .spec.template.stringData.colour}
    - {name: Packed, type: string, jsonPath: '.spec.objects[0].data.colour', description: What is in it}
    - {name: Kind, type: string, jsonPath: .spec.kind}
";

fn vault(name: &'static str, path: &'static str, spec: &str) -> Surface {
    let template = format!(
        "{{apiVersion: leaks.example/v1, kind: Vault, metadata: {{name: ⟨name⟩}}, spec: {{kind: steel, {spec}}}}}"
    );
    Surface::object(name, "vaults.leaks.example", path, &template)
}

pub fn all() -> Vec<Surface> {
    vec![
        vault("custom resource, a column of another name", ".spec.password", "password: ⟨secret⟩"),
        vault(
            "custom resource, a column with a description",
            ".spec.pinCode.passcode",
            "pinCode: {passcode: ⟨secret⟩}",
        ),
        vault(
            "custom resource, nested",
            ".spec.auth.oidc.clientSecret",
            "auth: {oidc: {clientSecret: ⟨secret⟩}}",
        ),
        vault("custom resource, value", ".spec.credential.value", "credential: {value: ⟨secret⟩}"),
        vault(
            "custom resource, named value",
            ".spec.settings[0].value",
            "settings: [{name: api-key, value: ⟨secret⟩}]",
        ),
        vault("custom resource, a set of tokens", ".spec.apiTokens[0]", "apiTokens: [⟨secret⟩]"),
        vault(
            "custom resource, a list keyed by token",
            ".spec.users[0].token",
            "users: [{token: ⟨secret⟩, role: admin}]",
        ),
        vault(
            "custom resource, a field named by its URL",
            ".spec.remotes",
            "remotes: {'https://bob:⟨secret⟩@git.example/x': {branch: main}}",
        ),
        vault(
            "custom resource, a whole Secret",
            ".spec.template.stringData.colour",
            "template: {apiVersion: v1, kind: Secret, stringData: {colour: ⟨secret⟩}}",
        ),
        vault(
            "custom resource, Secret without apiVersion",
            ".spec.objects[0].data.colour",
            "objects: [{kind: Secret, data: {colour: ⟨base64⟩}}]",
        ),
        vault(
            "custom resource, cloud-init",
            ".spec.userData",
            "userData: '⟨base64 of #cloud-config\\npassword: ⟨secret⟩\\n⟩'",
        ),
        vault(
            "custom resource, Helm values",
            ".spec.values",
            "values: 'db:\n\n  password: ⟨secret⟩\n\n'",
        ),
        Surface::object(
            "custom resource, a condition's message",
            "vaults.leaks.example",
            ".status.conditions[0].message",
            "{apiVersion: leaks.example/v1, kind: Vault, metadata: {name: ⟨name⟩}, spec: {kind: steel}, status: {conditions: [{type: Ready, status: 'False', reason: Login, message: 'cannot log in to https://bob:⟨secret⟩@vault.example: 401'}]}}",
        ),
    ]
}
