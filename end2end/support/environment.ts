import { existsSync } from "node:fs";

function needed(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: start the tests with "cargo xtask test e2e"`);
  }
  if (!existsSync(value)) {
    throw new Error(`${name} names ${value}, which does not exist`);
  }
  return value;
}

/** What `cargo xtask` hands over. A missing part is an error, never a skipped test. */
export const environment = {
  /** The binary under test. */
  get gantry(): string {
    return needed("GANTRY_BIN");
  },
  /** Administrator's kubeconfig of the cluster with a node. */
  get kubeconfig(): string {
    return needed("GANTRY_TEST_KUBECONFIG");
  },
  get kubectl(): string {
    return needed("GANTRY_KUBECTL");
  },
  /** The program that starts further clusters. */
  get clusterProgram(): string {
    return needed("GANTRY_CLUSTER_BIN");
  },
  chromium: process.env["GANTRY_CHROMIUM"] ?? "/usr/bin/chromium",
};
