use serde_json::{Value, json};

use super::*;
use crate::output::{tokens, yaml};

fn cleaned(mut object: Value) -> Value {
    clean(&mut object);
    object
}

/// A pod as the API server of 1.36 gives it.
fn pod() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "cart-6cc7cf8c68-cg2g9", "generateName": "cart-6cc7cf8c68-", "namespace": "shop",
            "uid": "7b3c9d1e-5f2a-4c8b-9e6d-1a2b3c4d5e6f", "resourceVersion": "184467", "generation": 1,
            "creationTimestamp": "2026-11-20T09:12:44Z",
            "labels": {"app": "cart", "app.kubernetes.io/part-of": "storefront", "pod-template-hash": "6cc7cf8c68"},
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "9464"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart-6cc7cf8c68",
                "uid": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", "controller": true, "blockOwnerDeletion": true}],
            "managedFields": [{"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1",
                "time": "2026-11-20T09:12:44Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {"f:labels": {}}}}],
        },
        "spec": {
            "volumes": [
                {"name": "config", "configMap": {"name": "cart", "defaultMode": 420}},
                {"name": "cache", "emptyDir": {}},
                {"name": "kube-api-access-x2x4q", "projected": {"defaultMode": 420, "sources": [
                    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                    {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}}]}},
            ],
            "containers": [{
                "name": "cart", "image": "registry.example.com/shop/cart:2.14.0", "imagePullPolicy": "IfNotPresent",
                "args": ["--listen=:8080", "--log-level=info"],
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                "env": [
                    {"name": "LOG_LEVEL", "value": "debug"},
                    {"name": "POD_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}},
                    {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "cart-db", "key": "password"}}},
                ],
                "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
                "volumeMounts": [
                    {"name": "config", "mountPath": "/etc/cart", "readOnly": true},
                    {"name": "kube-api-access-x2x4q", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"},
                ],
                "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"},
                    "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 5},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            }],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "cart", "serviceAccount": "cart", "nodeName": "worker-7", "securityContext": {},
            "schedulerName": "default-scheduler", "priority": 0, "enableServiceLinks": true,
            "preemptionPolicy": "PreemptLowerPriority",
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            ],
        },
        "status": {
            "observedGeneration": 1, "phase": "Running", "hostIP": "10.0.3.7", "hostIPs": [{"ip": "10.0.3.7"}],
            "podIP": "10.244.3.17", "podIPs": [{"ip": "10.244.3.17"}], "startTime": "2026-11-20T09:12:44Z",
            "qosClass": "Burstable",
            "conditions": [
                {"type": "PodReadyToStartContainers", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T09:12:46Z", "observedGeneration": 1},
                {"type": "Initialized", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T09:12:44Z", "observedGeneration": 1},
                {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "containers with unready status: [cart]", "lastProbeTime": null, "lastTransitionTime": "2026-11-24T18:03:11Z", "observedGeneration": 1},
                {"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-20T09:12:44Z", "observedGeneration": 1},
            ],
            "containerStatuses": [{
                "name": "cart", "ready": false, "started": true, "restartCount": 17, "image": "registry.example.com/shop/cart:2.14.0",
                "imageID": "registry.example.com/shop/cart@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "containerID": "containerd://0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
                "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-11-24T18:01:00Z", "finishedAt": "2026-11-24T18:03:11Z"}},
                "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
                "volumeMounts": [{"name": "config", "mountPath": "/etc/cart", "readOnly": true, "recursiveReadOnly": "Disabled"}],
            }],
        },
    })
}

#[test]
fn a_pod_shows_what_somebody_chose_and_what_is_wrong() {
    let yaml = yaml::write(&cleaned(pod()));
    assert!(tokens::estimate(&yaml) <= 800, "{} tokens", tokens::estimate(&yaml));
    insta::assert_snapshot!(yaml, @r#"
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-6cc7cf8c68-cg2g9
      namespace: shop
      resourceVersion: "184467"
      creationTimestamp: "2026-11-20T09:12:44Z"
      labels:
        app: cart
        app.kubernetes.io/part-of: storefront
        pod-template-hash: 6cc7cf8c68
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "9464"
      ownerReferences:
      - apiVersion: apps/v1
        kind: ReplicaSet
        name: cart-6cc7cf8c68
    spec:
      volumes:
      - name: config
        configMap:
          name: cart
      - name: cache
        emptyDir: {}
      containers:
      - name: cart
        image: registry.example.com/shop/cart:2.14.0
        args:
        - --listen=:8080
        - --log-level=info
        ports:
        - name: http
          containerPort: 8080
        env:
        - name: LOG_LEVEL
          value: debug
        - name: POD_IP
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        - name: DB_PASSWORD
          valueFrom:
            secretKeyRef:
              name: cart-db
              key: password
        resources:
          limits:
            memory: 256Mi
          requests:
            cpu: 100m
            memory: 128Mi
        volumeMounts:
        - name: config
          mountPath: /etc/cart
          readOnly: true
        livenessProbe:
          httpGet:
            path: /healthz
            port: http
          failureThreshold: 5
      serviceAccountName: cart
      nodeName: worker-7
    status:
      phase: Running
      hostIP: 10.0.3.7
      podIP: 10.244.3.17
      startTime: "2026-11-20T09:12:44Z"
      qosClass: Burstable
      conditions:
      - type: Ready
        status: "False"
        reason: ContainersNotReady
        message: "containers with unready status: [cart]"
        lastTransitionTime: "2026-11-24T18:03:11Z"
      containerStatuses:
      - name: cart
        ready: false
        restartCount: 17
        imageID: registry.example.com/shop/cart@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        state:
          waiting:
            reason: CrashLoopBackOff
            message: back-off 5m0s restarting failed container
        lastState:
          terminated:
            exitCode: 137
            reason: OOMKilled
            startedAt: "2026-11-24T18:01:00Z"
            finishedAt: "2026-11-24T18:03:11Z"
    "#);
}

#[test]
fn cleaning_twice_changes_no_more_than_once() {
    assert_eq!(cleaned(cleaned(pod())), cleaned(pod()));
}

#[test]
fn what_is_not_a_default_stays() {
    let spec = json!({
        "restartPolicy": "Never", "dnsPolicy": "Default", "terminationGracePeriodSeconds": 0, "priority": 100,
        "schedulerName": "other", "securityContext": {"runAsNonRoot": true}, "serviceAccountName": "web",
        "enableServiceLinks": false, "automountServiceAccountToken": false,
        "volumes": [{"name": "cache", "emptyDir": {}}, {"name": "x", "configMap": {"name": "x", "defaultMode": 256}}],
        "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}],
        "containers": [{"name": "web", "image": "web:latest", "imagePullPolicy": "IfNotPresent",
            "ports": [{"containerPort": 53, "protocol": "UDP"}], "env": [{"name": "EMPTY", "value": ""}],
            "livenessProbe": {"tcpSocket": {"port": 53}, "periodSeconds": 2}}],
    });
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec});
    assert_eq!(cleaned(pod.clone()), pod);
}

#[test]
fn what_is_empty_and_means_something_stays() {
    let objects = json!([
        {"kind": "NetworkPolicy", "spec": {"podSelector": {}, "ingress": [{}], "egress": []}},
        {"kind": "PersistentVolumeClaim", "spec": {"storageClassName": ""}},
        {"kind": "ClusterRole", "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": []}]},
        {"kind": "Widget", "spec": {"template": {"size": null}, "list": []}, "status": {"phase": ""}},
    ]);
    for object in objects.as_array().unwrap() {
        assert_eq!(cleaned(object.clone()), *object);
    }
}

#[test]
fn conditions_that_matter_stay() {
    let conditions = json!([
        {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"},
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"},
        {"type": "Initialized", "status": "False"},
        {"type": "Ready", "status": "True"},
    ]);
    let pod = json!({"kind": "Pod", "spec": {}, "status": {"conditions": conditions}});
    assert_eq!(cleaned(pod)["status"]["conditions"], conditions);
}

#[test]
fn a_generation_that_the_controller_has_not_seen_stays() {
    let object = |seen: i64| json!({"metadata": {"name": "x", "generation": 7}, "status": {"observedGeneration": seen, "replicas": 1}});
    assert_eq!(cleaned(object(6)), object(6));
    assert_eq!(cleaned(object(7)), json!({"metadata": {"name": "x"}, "status": {"replicas": 1}}));
}

#[test]
fn templates_and_items_of_lists_are_cleaned_too() {
    let template = json!({"metadata": {"creationTimestamp": null, "labels": {"app": "web"}},
        "spec": {"dnsPolicy": "ClusterFirst", "containers": [{"name": "web", "image": "web:1", "imagePullPolicy": "IfNotPresent", "resources": {}}]}});
    let list = json!({"kind": "List", "items": [
        {"kind": "Deployment", "spec": {"progressDeadlineSeconds": 600, "template": template,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}}},
        {"kind": "CronJob", "spec": {"suspend": true, "jobTemplate": {"metadata": {"creationTimestamp": null}, "spec": {"backoffLimit": 6, "template": template}}}},
    ]});
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}});
    let expected = json!({"kind": "List", "items": [
        {"kind": "Deployment", "spec": {"template": template}},
        {"kind": "CronJob", "spec": {"suspend": true, "jobTemplate": {"spec": {"template": template}}}},
    ]});
    assert_eq!(cleaned(list), expected);
}

#[test]
fn a_service_shows_its_ports_and_no_defaults() {
    let service = json!({"kind": "Service", "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.9"],
        "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
        "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}, {"port": 81, "targetPort": "http"}]},
        "status": {"loadBalancer": {}}});
    assert_eq!(
        cleaned(service),
        json!({"kind": "Service", "spec": {"clusterIP": "10.96.0.9", "selector": {"app": "web"},
        "ports": [{"port": 80}, {"port": 81, "targetPort": "http"}]}})
    );
}

#[test]
fn copies_and_bookkeeping_in_the_metadata_are_gone() {
    let object = json!({"kind": "ConfigMap", "metadata": {"name": "x", "resourceVersion": "7", "selfLink": "/x", "uid": "u",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}, "managedFields": [{}]}});
    assert_eq!(
        cleaned(object),
        json!({"kind": "ConfigMap", "metadata": {"name": "x", "resourceVersion": "7"}})
    );
}
