import { create, deployment, kubectl, pod, waitRunning } from "./kubectl";

/** The objects that the crawl and the pictures look at. */
export interface Sample {
  namespace: string;
  deployment: string;
  pod: string;
  brokenPod: string;
  node: string;
}

/** Makes one of each: an application that runs, one that is broken, one that prints. */
export async function sample(namespace: string): Promise<Sample> {
  const name = "payment-gateway-with-a-rather-long-name";
  const print = `i=0; while [ $i -lt 60 ]; do i=$((i+1)); printf '2026-11-25T08:%02d:00Z \\033[32mINFO\\033[0m  request id=%d path=/api/orders status=200\\n' $i $i; done; echo 'WARN slow query 1.2s'; echo 'ERROR upstream timed out'; sleep 1000000`;
  await create({
    apiVersion: "v1",
    kind: "List",
    items: [
      deployment({ name, namespace, replicas: 2, labels: { "k8s-app": name, tier: "backend" }, more: { resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } }, ports: [{ containerPort: 8080, name: "http" }] } }),
      deployment({ name: "orders", namespace, command: ["sh", "-c", print] }),
      deployment({ name: "broken-image", namespace, image: "tc.local/no-such:1", more: { imagePullPolicy: "Never" } }),
      deployment({ name: "stopped", namespace, replicas: 0 }),
      pod({ name: "crash", namespace, command: ["sh", "-c", "echo starting; exit 3"] }),
      pod({ name: "shell", namespace, image: "tc.local/bash:5" }),
      { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "db", namespace }, spec: { serviceName: "", replicas: 0, selector: { matchLabels: { app: "db" } }, template: deployment({ name: "db", namespace })["spec"].template } },
    ],
  });
  await waitRunning("shell", namespace);
  await kubectl(["rollout", "status", "deployment/orders", "-n", namespace, "--timeout=60s"]);
  const running = (await kubectl(["get", "pods", "-n", namespace, "-l", "app=orders", "-o", "jsonpath={.items[0].metadata.name}"])).trim();
  const node = (await kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"])).trim();
  return { namespace, deployment: name, pod: running, brokenPod: "crash", node };
}

export interface Place {
  /** File name of its picture. */
  id: string;
  address: string;
  /** Shown by the main account only. */
  main?: true;
}

/** Every page of the product, by its address. The crawl also follows every link that it finds. */
export function places(cluster: string, { namespace, deployment, pod, brokenPod, node }: Sample): Place[] {
  const at = (path: string) => `/clusters/${cluster}/${path}`;
  return [
    { id: "clusters", address: "/clusters" },
    { id: "cluster-import", address: "/clusters/~import", main: true },
    { id: "cluster-overview", address: `/clusters/${cluster}` },
    { id: "nodes", address: at("nodes") },
    { id: "node", address: at(`nodes/-/${node}`) },
    { id: "node-pods", address: at(`nodes/-/${node}?tab=pods`) },
    { id: "namespaces", address: at("namespaces") },
    { id: "namespace", address: at(`namespaces/-/${namespace}`) },
    { id: "deployments", address: at(`deployments.apps?ns=${namespace}`) },
    { id: "deployments-empty", address: at(`deployments.apps?ns=${namespace}&q=nothing-matches`) },
    { id: "statefulsets", address: at(`statefulsets.apps?ns=${namespace}`) },
    { id: "replicasets", address: at(`replicasets.apps?ns=${namespace}`) },
    { id: "pods", address: at(`pods?ns=${namespace}`) },
    { id: "pods-all", address: at("pods") },
    { id: "events", address: at(`events?ns=${namespace}`) },
    { id: "workload-new", address: at(`deployments.apps/~new?ns=${namespace}`) },
    { id: "workload-edit", address: at(`deployments.apps/${namespace}/${deployment}/~edit`) },
    { id: "deployment-pods", address: at(`deployments.apps/${namespace}/${deployment}`) },
    { id: "deployment-overview", address: at(`deployments.apps/${namespace}/${deployment}?tab=overview`) },
    { id: "deployment-events", address: at(`deployments.apps/${namespace}/${deployment}?tab=events`) },
    { id: "deployment-logs", address: at(`deployments.apps/${namespace}/${deployment}?tab=logs`) },
    { id: "deployment-yaml", address: at(`deployments.apps/${namespace}/${deployment}?tab=yaml`) },
    { id: "deployment-broken", address: at(`deployments.apps/${namespace}/broken-image?tab=overview`) },
    { id: "pod", address: at(`pods/${namespace}/${pod}`) },
    { id: "pod-broken", address: at(`pods/${namespace}/${brokenPod}`) },
    { id: "pod-logs", address: at(`pods/${namespace}/${pod}?tab=logs`) },
    { id: "pod-events", address: at(`pods/${namespace}/${brokenPod}?tab=events`) },
    { id: "pod-yaml", address: at(`pods/${namespace}/${pod}?tab=yaml`) },
    { id: "terminal", address: at(`pods/${namespace}/shell/~terminal`) },
    { id: "accounts", address: "/access/accounts", main: true },
    { id: "account-new", address: "/access/accounts/~new", main: true },
    { id: "profile", address: "/profile" },
    { id: "profile-password", address: "/profile/password" },
  ];
}
