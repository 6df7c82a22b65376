import { bundleAgent } from "./bundle.ts";

console.log((await bundleAgent()).path);
