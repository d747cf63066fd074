import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { hlsDefines, hlsOfFmp4, hlsSource } from "./vite.hls.ts";

const server = process.env.STREAMSYNC_SERVER ?? "http://127.0.0.1:8000";
const proxied = ["/api/v1", "/live", "/chunks", "/time", "/beacon"];

// One page each, and their shared parts. Files under /site/ have a hash of their content in their names.
export default defineConfig({
  plugins: [react(), tailwindcss(), hlsOfFmp4],
  define: hlsDefines,
  resolve: { alias: hlsSource },
  build: {
    outDir: "../manifest_server/site",
    emptyOutDir: true,
    assetsDir: "site",
    assetsInlineLimit: 0, // data: URLs would need an exception from the content security policy
    modulePreload: { polyfill: false },
    target: "es2022",
    rollupOptions: { input: ["index.html", "watch.html", "admin.html", "docs.html"] },
  },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: server, changeOrigin: true }])) },
});
