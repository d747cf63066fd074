import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { hlsDefines, hlsOfFmp4, hlsSource } from "./vite.hls.ts";
import { shadowTree } from "./vite.shadow.ts";

// The custom element as one script, with its styles in it: what other people's pages load.
export default defineConfig({
  plugins: [react(), tailwindcss(), hlsOfFmp4],
  define: { ...hlsDefines, "process.env.NODE_ENV": JSON.stringify("production") },
  resolve: { alias: hlsSource },
  css: { postcss: { plugins: [shadowTree] } },
  publicDir: false,
  build: {
    outDir: "../manifest_server/site",
    emptyOutDir: false,
    target: "es2022",
    lib: { entry: "src/embed/element.tsx", name: "streamsync", formats: ["iife"], fileName: () => "embed.js" },
  },
});
