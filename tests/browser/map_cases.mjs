// Prints what src/ga4.ts makes of the events in a file: [[name, params], ...] to [[{event, properties, context?}], ...].
// Run in the snippet's folder.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { buildSync } = createRequire(process.cwd() + "/")("esbuild");
const { outputFiles } = buildSync({ entryPoints: ["src/ga4.ts"], bundle: true, format: "esm", write: false });
const { fromGa4 } = await import("data:text/javascript," + encodeURIComponent(outputFiles[0].text));
const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
console.log(JSON.stringify(cases.map(([name, params]) => fromGa4(name, params))));
