import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where `npm run dev` finds the API. The hub's certificate is its own in development, hence `secure: false`.
const hub = process.env["FAIRLEAD_HUB"] ?? "https://localhost:8443";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    manifest: true,
    // The hub's policy allows fonts and scripts from its own files only, so nothing becomes a data: address.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      "/api": {
        target: hub,
        secure: false,
        changeOrigin: true,
        configure: (proxy) => {
          // The hub takes changes from its own origin only; in development the page's origin is Vite's.
          proxy.on("proxyReq", (request) => {
            if (request.getHeader("origin")) request.setHeader("origin", new URL(hub).origin);
          });
        },
      },
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    css: false,
  },
});
