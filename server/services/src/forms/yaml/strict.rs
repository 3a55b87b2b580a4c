//! Misspelt fields: the apiserver's strict decoding names them, the text has their line, and a near name is offered.

use super::read::Reading;
use serde_json::Value;

/// A field that the apiserver does not know or that stands twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrictProblem {
    pub path: String,
    pub duplicate: bool,
    /// The place of the key; 1 and 1 when the text has no such key.
    pub line: usize,
    pub column: usize,
    /// The likely name.
    pub meant: Option<String>,
}

/// Reads `strict decoding error: unknown field "spec.replcas", duplicate field "spec.x"` and the like.
#[must_use]
pub fn problems(message: &str, reading: &Reading) -> Vec<StrictProblem> {
    let mut out = Vec::new();
    for (word, duplicate) in [("unknown field \"", false), ("duplicate field \"", true)] {
        for (at, _) in message.match_indices(word) {
            let rest = &message[at + word.len()..];
            let Some(end) = rest.find('"') else { continue };
            let path = rest[..end].to_owned();
            let place = reading.keys.iter().rev().find(|key| key.path == path);
            let (line, column) = place.map_or((1, 1), |key| (key.line, key.column));
            let name = path.rsplit('.').next().unwrap_or(&path);
            let meant = if duplicate { None } else { nearest(name) };
            out.push(StrictProblem { path, duplicate, line, column, meant });
        }
    }
    out.sort_by_key(|problem| (problem.line, problem.column));
    out
}

/// A value that the apiserver cannot take for its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongType {
    pub path: String,
    pub line: usize,
    pub column: usize,
    /// `number`, `text`, `bool`, `list`, `map`.
    pub wanted: &'static str,
}

/// Reads `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. The path has
/// no places in lists: it is the first one where such a value stands.
#[must_use]
pub fn wrong_type(message: &str, reading: &Reading) -> Option<WrongType> {
    let (_, rest) = message.split_once("cannot unmarshal ")?;
    let (found, rest) = rest.split_once(" into Go struct field ")?;
    let (field, rest) = rest.split_once(" of type ")?;
    let (_, path) = field.split_once('.')?;
    let go: String = rest.chars().take_while(|c| !c.is_whitespace() && *c != ',' && *c != ')').collect();
    let wanted = match go.trim_start_matches('*') {
        "string" => "text",
        "bool" => "bool",
        go if go.starts_with("[]") => "list",
        go if go.starts_with("int") || go.starts_with("uint") || go.starts_with("float") => "number",
        _ => "map",
    };
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let root = reading.value.as_ref()?;
    let of_type =
        |key: &&super::read::KeyPlace| at(root, &key.path).is_some_and(|value| found.starts_with(kind(value)));
    let keys = || reading.keys.iter().filter(of_type);
    // Of a map of texts (labels) Go names the map.
    let inside = |key: &&super::read::KeyPlace| {
        let whole = without_places(&key.path);
        whole.rsplit_once('.').is_some_and(|(map, _)| map == path)
    };
    let key = keys().find(|key| without_places(&key.path) == path).or_else(|| keys().find(inside));
    let (line, column) = key.map_or((1, 1), |key| (key.line, key.column));
    Some(WrongType { path: key.map_or(path, |key| &key.path).to_owned(), line, column, wanted })
}

/// `containers[0].env[1].name` → `containers.env.name`.
fn without_places(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// The value at a path of [`Reading::keys`]; keys with dots in them are not found.
fn at<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(root, |value, part| {
        let (key, places) = part.split_once('[').unwrap_or((part, ""));
        let value = value.get(key)?;
        places
            .split('[')
            .filter(|place| !place.is_empty())
            .try_fold(value, |value, place| value.get(place.trim_end_matches(']').parse::<usize>().ok()?))
    })
}

/// The known name within two typing errors, or the same name in other case.
fn nearest(name: &str) -> Option<String> {
    let limit = if name.chars().count() <= 4 { 1 } else { 2 };
    let lower = name.to_lowercase();
    NAMES
        .iter()
        .map(|known| (distance(&lower, &known.to_lowercase()), *known))
        .filter(|(distance, known)| *distance <= limit && *known != name)
        .min_by_key(|(distance, known)| (*distance, known.len().abs_diff(name.len())))
        .map(|(_, known)| known.to_owned())
}

/// Typing errors between two names: insert, delete, replace, swap of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

/// Names of the fields of workloads and of the objects around them.
const NAMES: &[&str] = &[
    "accessModes",
    "activeDeadlineSeconds",
    "add",
    "affinity",
    "allowPrivilegeEscalation",
    "annotations",
    "apiVersion",
    "args",
    "automountServiceAccountToken",
    "backoffLimit",
    "binaryData",
    "capabilities",
    "claimName",
    "clusterIP",
    "command",
    "completions",
    "concurrencyPolicy",
    "configMap",
    "configMapKeyRef",
    "configMapRef",
    "containerPort",
    "containers",
    "cpu",
    "data",
    "dnsConfig",
    "dnsPolicy",
    "drop",
    "effect",
    "emptyDir",
    "enableServiceLinks",
    "env",
    "envFrom",
    "ephemeral-storage",
    "exec",
    "externalTrafficPolicy",
    "failureThreshold",
    "fieldPath",
    "fieldRef",
    "finalizers",
    "fsGroup",
    "generateName",
    "grpc",
    "host",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPath",
    "hostPort",
    "httpGet",
    "httpHeaders",
    "image",
    "imagePullPolicy",
    "imagePullSecrets",
    "immutable",
    "initContainers",
    "initialDelaySeconds",
    "items",
    "key",
    "kind",
    "labelSelector",
    "labels",
    "lifecycle",
    "limits",
    "livenessProbe",
    "matchExpressions",
    "matchLabels",
    "maxSkew",
    "maxSurge",
    "maxUnavailable",
    "medium",
    "memory",
    "metadata",
    "minReadySeconds",
    "mode",
    "mountPath",
    "name",
    "namespace",
    "namespaces",
    "nfs",
    "nodeAffinity",
    "nodeName",
    "nodePort",
    "nodeSelector",
    "nodeSelectorTerms",
    "operator",
    "optional",
    "ordinals",
    "parallelism",
    "partition",
    "path",
    "paused",
    "periodSeconds",
    "persistentVolumeClaim",
    "persistentVolumeClaimRetentionPolicy",
    "podAffinity",
    "podAntiAffinity",
    "podManagementPolicy",
    "port",
    "ports",
    "postStart",
    "preStop",
    "preferredDuringSchedulingIgnoredDuringExecution",
    "preference",
    "priorityClassName",
    "privileged",
    "progressDeadlineSeconds",
    "projected",
    "protocol",
    "readOnly",
    "readOnlyRootFilesystem",
    "readinessGates",
    "readinessProbe",
    "replicas",
    "requests",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "resources",
    "restartPolicy",
    "revisionHistoryLimit",
    "rollingUpdate",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "runtimeClassName",
    "schedule",
    "schedulerName",
    "schedulingGates",
    "scheme",
    "seccompProfile",
    "secret",
    "secretKeyRef",
    "secretName",
    "secretRef",
    "securityContext",
    "selector",
    "serviceAccountName",
    "serviceName",
    "sessionAffinity",
    "shareProcessNamespace",
    "sizeLimit",
    "spec",
    "startupProbe",
    "stdin",
    "storage",
    "storageClassName",
    "strategy",
    "stringData",
    "subPath",
    "subPathExpr",
    "successThreshold",
    "supplementalGroups",
    "suspend",
    "targetPort",
    "tcpSocket",
    "template",
    "terminationGracePeriodSeconds",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "timeoutSeconds",
    "tolerationSeconds",
    "tolerations",
    "topologyKey",
    "topologySpreadConstraints",
    "ttlSecondsAfterFinished",
    "tty",
    "type",
    "updateStrategy",
    "value",
    "valueFrom",
    "values",
    "volumeClaimTemplates",
    "volumeDevices",
    "volumeMode",
    "volumeMounts",
    "volumes",
    "weight",
    "whenUnsatisfiable",
    "workingDir",
];
