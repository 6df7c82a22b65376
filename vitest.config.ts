import { defineConfig } from "vitest/config";

const exclude = ["node_modules/**", "dist/**", ".lab/**"];

/** Takes more than an hour: only for who names it, as `npm run test:chaos` does or `npx vitest run test/chaos/kills.test.ts`. */
const chaos = {
  test: {
    name: "chaos",
    include: ["test/chaos/**/*.test.ts"],
    exclude,
    globalSetup: "test/set-up.ts",
    fileParallelism: false,
    hookTimeout: 600_000,
  },
};

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
          globalSetup: "test/set-up.ts",
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "package",
          include: ["test/package/**/*.test.ts"],
          exclude,
          globalSetup: ["test/set-up.ts", "test/package/installed.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude,
          globalSetup: "test/set-up.ts",
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 1 },
        },
      },
      ...(process.argv.some((argument) => argument.includes("chaos")) ? [chaos] : []),
    ],
  },
});
