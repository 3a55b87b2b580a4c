import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";

import { environment } from "../../support/environment";
import { expect, test } from "../../support/fixtures";
import { kubectl, unique } from "../../support/kubectl";
import { open, pasteKubeconfig } from "../../support/pages";

/** The test cluster's kubeconfig with another context, cluster or user. */
function broken(change: (text: string) => string): string {
  const text = readFileSync(environment.kubeconfig, "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  return changed;
}

const server = /server: .*/;
const user = (lines: string) => `apiVersion: v1
kind: Config
clusters:
- name: c
  cluster:
    server: https://127.0.0.1:1
users:
- name: u
  user:
${lines}
contexts:
- name: only
  context:
    cluster: c
    user: u
`;

test.describe("[C-46] a kubeconfig that cannot be used is refused beside the field", () => {
  const cases: [string, string, RegExp][] = [
    ["no YAML", "{{{{", /\S/],
    ["not a kubeconfig", "apiVersion: v1\nkind: Pod\n", /\S/],
    ["no context", "apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n", /context/i],
    ["an alias bomb", `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n`, /\S/],
    ["binary", "\u0000\u0001\u0002PK\u0003\u0004", /\S/],
  ];
  for (const [what, content, message] of cases) {
    test(what, async ({ as }) => {
      const page = await as("root");
      const form = await pasteKubeconfig(page, content);
      await form.applyButton.click();
      await expect(form.error("kubeconfig")).toHaveText(message);
      await expect(page).toHaveURL(/~import$/);
    });
  }
});

test("[C-46] contexts that cannot be imported say which field and why: exec plugin, path on the own disk, a name that stands twice", async ({ as }) => {
  const page = await as("root");
  for (const [config, message] of [
    [user("    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: aws"), /exec|aws/i],
    [user("    client-certificate: ./me.crt\n    client-key: ./me.key"), /client-certificate|flatten/i],
    [user("    tokenFile: /home/me/token"), /tokenFile|token/i],
    [`${user("    token: x")}- name: only\n  context:\n    cluster: c\n    user: u\n`, /only stands twice/i],
  ] as const) {
    const form = await pasteKubeconfig(page, config);
    await expect(form.field("clusters").or(form.error("kubeconfig")).first()).toContainText(message);
    await form.applyButton.click();
    await expect(page).toHaveURL(/~import$/);
  }
});

test("[C-46] the connection test says what is wrong before anything is saved", async ({ as }) => {
  test.setTimeout(120_000);
  const page = await as("root");
  for (const [change, message] of [
    [(text: string) => text.replace(server, "server: https://no-such-host.invalid:6443"), /no-such-host|name|resolve|DNS/i],
    [(text: string) => text.replace(server, "server: https://127.0.0.1:1"), /refused|connect/i],
    [(text: string) => text.replace(/certificate-authority-data: .*/, "tls-server-name: other.example"), /certificate|TLS|trust/i],
    [(text: string) => text.replace(/client-certificate-data: .*\n.*client-key-data: .*/, "token: wrong-token"), /401|credential|Unauthorized|refused/i],
  ] as const) {
    const form = await pasteKubeconfig(page, broken(change));
    await form.text("clusters.0.name", unique("bad"));
    const review = await form.review();
    await expect(review).toContainText(message, { timeout: 30_000 });
    await expect(form.applyButton).toHaveAttribute("aria-disabled", "true");
  }
  await open(page, "/clusters");
  await expect(page.locator("tr[data-key]", { hasText: "bad-" })).toHaveCount(0);
});

test("[C-46] several contexts: none is chosen silently, each is named, only the chosen one is imported", async ({ as }) => {
  const page = await as("root");
  const text = readFileSync(environment.kubeconfig, "utf8");
  const [cluster, account] = [/cluster: (\S+)/.exec(text.slice(text.indexOf("contexts:")))?.[1], /user: (\S+)/.exec(text.slice(text.indexOf("contexts:")))?.[1]];
  const more = text.replace(/contexts:\n/, `contexts:\n- name: second/of@two\n  context:\n    cluster: ${cluster}\n    user: ${account}\n    namespace: kube-system\n`);
  const name = unique("two");
  const form = await pasteKubeconfig(page, more);
  await expect(form.field("clusters.1.context")).toBeAttached();
  for (const index of [0, 1]) {
    await form.unfold(`clusters.${index}.context`);
    await expect(form.field(`clusters.${index}.chosen`).locator("input")).not.toBeChecked();
  }
  await form.applyButton.click();
  await expect(page).toHaveURL(/~import$/);
  await form.field("clusters.0.chosen").locator("input").check();
  await form.text("clusters.0.name", name);
  await form.apply();
  await expect(page).toHaveURL(/\/clusters\/cls-[a-z0-9]{8}$/);
  const id = new URL(page.url()).pathname.split("/").at(-1);
  await open(page, `/clusters?q=${name}`);
  await expect(page.locator("tr[data-key]")).toHaveCount(1);
  await test.step("the same name is refused", async () => {
    const again = await pasteKubeconfig(page, text);
    await again.text("clusters.0.name", name);
    await again.applyButton.click();
    await expect(again.error("clusters.0.name")).toBeVisible();
  });
  await test.step("the console's roles are in the cluster", async () => {
    expect(await kubectl(["get", "clusterrolebinding", "-o", "name"])).toContain("gantry:full-access");
  });
  await test.step("removed again", async () => {
    const answer = await page.request.post("/api/dialog/submit", {
      data: { action: "cluster-remove", target: { cluster: { cluster: id } }, data: {}, typed: name },
      headers: { origin: new URL(page.url()).origin },
    });
    expect(answer.status()).toBe(200);
  });
});

test("[C-46] two files pasted behind each other are both offered; a name that is given twice is refused beside each card before anything is imported", async ({ as }) => {
  const page = await as("root");
  const text = readFileSync(environment.kubeconfig, "utf8");
  const second = text.replace(/(contexts:\n- name: ).*/, "$1second-file");
  expect(second).not.toBe(text);
  const form = await pasteKubeconfig(page, `${text}---\n${second}`);
  await expect(form.field("clusters.1.context")).toBeAttached();
  const name = unique("twice");
  for (const index of [0, 1]) {
    await form.unfold(`clusters.${index}.chosen`);
    await form.field(`clusters.${index}.chosen`).locator("input").check();
    await form.text(`clusters.${index}.name`, name);
  }
  await form.applyButton.click();
  await expect(form.error("clusters.1.name")).toBeVisible();
  await open(page, `/clusters?q=${name}`);
  await expect(page.locator("tr[data-key]")).toHaveCount(0);
});

test("[C-46] the review says in words that a server is imported already and that its identity is not checked", async ({ as }) => {
  const page = await as("root");
  const insecure = broken((text) => text.replace(/certificate-authority-data: .*/, "insecure-skip-tls-verify: true"));
  const form = await pasteKubeconfig(page, insecure);
  await form.text("clusters.0.name", unique("again"));
  const review = await form.review();
  await expect(review).toContainText("imported already as");
  await expect(review).toContainText("is not checked (insecure-skip-tls-verify)");
});

test("[C-46] several clusters that do not answer are tested beside each other, not one after another", async ({ as, world }) => {
  const page = await as("root");
  const silent = await Promise.all(
    [...Array(6).keys()].map(
      () =>
        new Promise<Server>((resolve) => {
          const server = createServer(() => undefined).listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const port = (server: Server) => (server.address() as AddressInfo).port;
  const text = JSON.stringify({
    clusters: silent.map((server, n) => ({ name: `c${n}`, cluster: { server: `https://127.0.0.1:${port(server)}` } })),
    users: [{ name: "u", user: { token: "t" } }],
    contexts: silent.map((_, n) => ({ name: `x${n}`, context: { cluster: `c${n}`, user: "u" } })),
  });
  const clusters = silent.map((_, n) => ({ context: `x${n}`, chosen: true, name: unique("silent") }));
  const begin = Date.now();
  const answer = await page.request.post("/api/form/review", {
    data: { target: { form: "cluster-import" }, object: null, draft: { form: { data: { source: "kubeconfig", kubeconfig: text, clusters } } } },
    headers: { origin: world.url },
    timeout: 60_000,
  });
  const review = (await answer.json()) as { items: { verdict: string }[] };
  expect(review.items.map((item) => item.verdict)).toEqual(silent.map(() => "refused"));
  expect(Date.now() - begin).toBeLessThan(18_000);
  silent.forEach((server) => server.close());
});
