import { defineConfig } from "vitest/config";

const exclude = ["node_modules/**", "dist/**", ".lab/**"];

// eslint-disable-next-line import/no-default-export -- vitest reads the default export.
export default defineConfig({
  test: {
    // Vitest leaves one core free, which is half of a small machine.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...exclude, "**/*.root.test.ts", "test/chaos/**", "test/e2e/**", "test/package/**"],
          // What is tested is behavior, and not how busy the machine is.
          testTimeout: 20_000,
        },
      },
      {
        // These share one machine's namespaces, cores and memory: one file at a time.
        test: {
          name: "root",
          include: ["**/*.root.test.ts"],
          exclude,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // By `npm run test:chaos`: it takes more than an hour.
        test: {
          name: "chaos",
          include: ["test/chaos/**/*.test.ts"],
          exclude,
          fileParallelism: false,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "package",
          include: ["test/package/**/*.test.ts"],
          exclude,
          globalSetup: "test/package/installed.ts",
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
