import { environment } from "./environment";

/** Debian's Chromium, kept off the network and off the graphics card. */
export const browser = {
  browserName: "chromium" as const,
  launchOptions: {
    executablePath: environment.chromium,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  },
};
