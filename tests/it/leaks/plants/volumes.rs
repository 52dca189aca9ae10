//! What volumes and classes of storage are told.

use crate::leaks::surface::Surface;

fn volume(name: &'static str, path: &'static str, volume: &str) -> Surface {
    let template = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: ⟨name⟩}}, spec: {{containers: [{{name: main, image: registry.example/x}}], volumes: [{{name: data, {volume}}}]}}}}"
    );
    Surface::object(name, "pods", path, &template)
}

fn persistent(name: &'static str, path: &'static str, source: &str) -> Surface {
    let template = format!(
        "{{apiVersion: v1, kind: PersistentVolume, metadata: {{name: ⟨name⟩}}, spec: {{capacity: {{storage: 1Gi}}, accessModes: [ReadWriteOnce], {source}}}}}"
    );
    Surface::object(name, "persistentvolumes", path, &template)
}

pub fn all() -> Vec<Surface> {
    vec![
        volume(
            "volume, CSI",
            ".spec.volumes[0].csi.volumeAttributes.accountKey",
            "csi: {driver: d.example, volumeAttributes: {share: web, accountKey: ⟨secret⟩}}",
        ),
        volume(
            "volume, CSI mount options",
            ".spec.volumes[0].csi.volumeAttributes.mountOptions",
            "csi: {driver: d.example, volumeAttributes: {mountOptions: 'username=bob,password=⟨secret⟩,vers=3.0'}}",
        ),
        volume(
            "volume, flex",
            ".spec.volumes[0].flexVolume.options.password",
            "flexVolume: {driver: d.example/x, options: {share: web, password: ⟨secret⟩}}",
        ),
        persistent(
            "PersistentVolume, CSI",
            ".spec.csi.volumeAttributes.clientSecret",
            "csi: {driver: d.example, volumeHandle: x, volumeAttributes: {clientSecret: ⟨secret⟩}}",
        ),
        persistent(
            "PersistentVolume, flex",
            ".spec.flexVolume.options.apiKey",
            "flexVolume: {driver: d.example/x, options: {apiKey: ⟨secret⟩}}",
        ),
        persistent(
            "PersistentVolume, mount options",
            ".spec.mountOptions[0]",
            "mountOptions: ['username=bob,password=⟨secret⟩'], csi: {driver: d.example, volumeHandle: x}",
        ),
        persistent(
            "PersistentVolume, Azure disk",
            ".spec.azureDisk.diskURI",
            "azureDisk: {diskName: d, kind: Dedicated, diskURI: 'https://a.blob.core.windows.net/vhds/d.vhd?sv=2024&sig=⟨secret⟩⟨secret⟩%3D'}",
        ),
        Surface::object(
            "StorageClass, parameter",
            "storageclasses.storage.k8s.io",
            ".parameters.restuserkey",
            "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: ⟨name⟩}, provisioner: d.example/x, parameters: {resturl: 'http://h:80', restuser: admin, restuserkey: ⟨secret⟩}}",
        ),
        Surface::object(
            "StorageClass, CHAP",
            "storageclasses.storage.k8s.io",
            ".parameters.chapPassword",
            "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: ⟨name⟩}, provisioner: d.example/x, parameters: {chapUser: bob, chapPassword: ⟨secret⟩}}",
        ),
    ]
}
